package main

import "github.com/trivet/trivet/langs/go"

const orderSchema = `{
	"type": "object", "required": ["sku", "lines"],
	"properties": {
		"sku": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z\u00e9]+$"},
		"lines": {"type": "array", "minItems": 1, "items": {
			"type": "object", "required": ["qty"],
			"properties": {"qty": {"type": "integer", "minimum": 1}},
			"additionalProperties": false}}}}`

// schemaRoutes registers routes whose content the engine holds against a JSON Schema.
func schemaRoutes(app *trivet.App) {
	passed := func(c *trivet.Ctx) error { return c.Text("passed") }
	app.Post("/schema/order", passed, trivet.BodySchema(orderSchema), trivet.Inline)
	app.Post("/schema/event", passed, trivet.BodySchema(orderSchema))
}

// badSchemas is what registrations fail with whose schema is wrong.
func badSchemas() trivet.Map {
	refusedBy := func(options ...trivet.RouteOption) any {
		return codeOf(refusal(func(app *trivet.App) { app.Post("/x", answerBody, options...) }))
	}
	return trivet.Map{
		"malformed":   refusedBy(trivet.BodySchema(`{"type":`)),
		"unsupported": refusedBy(trivet.BodySchema(`{"format":"duration"}`)),
		"streamed":    refusedBy(trivet.BodySchema(`{}`), trivet.StreamBody()),
	}
}
