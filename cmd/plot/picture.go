package main

import (
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// picture is one plot with its legend beside it.
type picture struct {
	name string // of its files, without extension
	*plot.Plot
	legend plot.Legend
}

// The size of a picture, and the space around what is drawn.
const (
	width  = 20 * vg.Centimeter
	height = 11 * vg.Centimeter
	margin = 4 * vg.Millimeter
)

func newPicture(name, title, x, y string) *picture {
	p := &picture{name: name, Plot: plot.New(), legend: plot.NewLegend()}
	p.Title.Text, p.Title.Padding = title, 3*vg.Millimeter
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.legend.Top = true
	return p
}

// save draws the plot, and the legend to the right of it, where it covers no data.
func (p *picture) save(path, format string) error {
	canvas, err := draw.NewFormattedCanvas(width, height, format)
	if err != nil {
		return err
	}
	all := draw.Crop(draw.New(canvas), margin, -margin, margin, -margin)
	box := p.legend.Rectangle(all)
	p.legend.Draw(all)
	p.Draw(draw.Crop(all, 0, -(box.Max.X-box.Min.X)-margin, 0, 0))
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
