// Who answers this page: gregor ui, or the simulator in a web worker, as the exported page has it.
export const served = true;
