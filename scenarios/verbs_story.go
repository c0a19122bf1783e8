package scenarios

// storyVerbs change nothing.
var storyVerbs = []verb{
	{
		name: "say", takes: `"TEXT"`, moment: true,
		text: "nothing happens; the text stands in the timeline",
		reads: func(p *parser, a *Action) {
			if a.Text = p.next("what it says"); a.Text == "" {
				p.fail("say", "the text is empty", `write: at 5s say "b1 is alone now"`)
			}
		},
		cluster: func(r *run, st Step) { r.record("%q", st.Action.Text) },
	},
	{
		name: "expect", takes: "CONDITION", moment: true,
		text:    "nothing happens; the condition must hold at that moment",
		reads:   func(p *parser, a *Action) { a.Condition = p.condition() },
		known:   func(p *parser, a Action) { p.conditionKnown(a.Condition) },
		cluster: func(r *run, st Step) { r.judgeStep(st) },
	},
}
