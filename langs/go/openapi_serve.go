package trivet

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"fmt"
)

// OpenAPI says what the OpenAPI document of an app tells of it, and where it is served, for [New]. An
// app that is given none has the defaults. Fields that are empty have theirs, too.
type OpenAPI struct {
	Title       string // default API
	Version     string // of the API, default 0.0.0
	Description string // more about it, in CommonMark
	Path        string // of the document, default /openapi.json
	Docs        string // of Swagger UI, which shows it, default /docs; NoPage for none
	Reference   string // of Scalar, which shows it, default /reference; NoPage for none
	Off         bool   // neither document nor pages are served
	Servers     []APIServer
}

// NoPage in the place of a path turns a page of [OpenAPI] off.
const NoPage = "-"

// APIServer is a server that the document names; without any it is the one the document comes from.
type APIServer struct{ URL, Description string }

func (o OpenAPI) applyApp(a *App) { a.openAPI = o }

// OpenAPI gives the OpenAPI 3.1 document of the app's routes as JSON, whether it is served or not.
// Nothing can be added to the app from then on.
func (a *App) OpenAPI() ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.freeze(); err != nil {
		return nil, err
	}
	found := C.trivet_go_openapi(a.engine)
	if found.status != 0 {
		return nil, statusError(found.status)
	}
	return []byte(goString(found.value)), nil
}

// describe tells the engine what the types say of the routes; once. The caller holds a.mu.
func (a *App) describe() error {
	if a.isDescribed {
		return nil
	}
	a.isDescribed = true
	for number, r := range a.table {
		if number > 0 && r.doc.isHidden {
			if err := a.setOperation(number-1, nil); err != nil {
				return err
			}
		}
	}
	for _, o := range a.operations() {
		if err := a.describeRoute(o); err != nil {
			a.warnUndescribed(o, err)
		}
	}
	return nil
}

func (a *App) describeRoute(o routeOperation) error {
	text, err := json.Marshal(o.operation)
	if err != nil {
		return err
	}
	texts := make(map[string][]byte, len(o.schemas))
	for name, schema := range o.schemas {
		if texts[name], err = json.Marshal(schema); err != nil {
			return err
		}
	}
	if err := a.setOperation(o.index, text); err != nil {
		return err
	}
	for name, text := range texts {
		var failure *C.trivet_error
		status := C.trivet_openapi_schema(a.engine, engineString(name), engineString(string(text)), &failure)
		if err := takeError(status, failure); err != nil {
			return err
		}
	}
	return nil
}

// setOperation leaves the route out of the document when there is no text.
func (a *App) setOperation(index int, text []byte) error {
	var failure *C.trivet_error
	status := C.trivet_openapi_operation(a.engine, C.size_t(index), engineString(string(text)), &failure)
	return takeError(status, failure)
}

func (a *App) warnUndescribed(o routeOperation, err error) {
	if a.isDevelopment {
		C.trivet_app_log(a.engine, C.uint32_t(LogWarn), engineString(fmt.Sprintf(
			"%s %s (%s) is in the OpenAPI document without its types: %v; "+
				"give it types that encoding/json writes, or hide it with trivet.Hidden",
			o.methods, o.pattern, a.table[o.index+1].place, err)))
	}
}

// serveOpenAPI has document and pages served, as the options say.
func (a *App) serveOpenAPI() error {
	o := a.openAPI
	if o.Off {
		return nil
	}
	packed := appendItem(nil, orElse(o.Title, "API"), orElse(o.Version, "0.0.0"))
	packed = appendItem(packed, o.Description, pagePath(o.Path, "/openapi.json"))
	packed = appendItem(packed, pagePath(o.Docs, "/docs"), pagePath(o.Reference, "/reference"))
	for _, server := range o.Servers {
		packed = appendItem(packed, server.URL, server.Description)
	}
	var failure *C.trivet_error
	status := C.trivet_go_openapi_serve(a.engine, bytesAt(packed), C.size_t(len(o.Servers)), &failure)
	return takeError(status, failure)
}

func pagePath(path, usual string) string {
	if path == NoPage {
		return ""
	}
	return orElse(path, usual)
}
