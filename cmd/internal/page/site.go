//go:build !js

package page

import (
	"embed"
	"io/fs"
)

//go:embed site
var files embed.FS

// Site has the files of the page: ES modules, one style sheet, no request to anywhere else.
func Site() fs.FS {
	site, err := fs.Sub(files, "site")
	if err != nil {
		panic("page: the embedded folder site is missing: " + err.Error())
	}
	return site
}
