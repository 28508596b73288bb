package trivet

// #include "bridge.h"
import "C"

import "unsafe"

// Source says where the value of a setting comes from.
type Source string

// The sources, each of which beats those before it.
const (
	SourceDefault     Source = "default"     // nobody has set it
	SourceFile        Source = "file"        // trivet.toml
	SourceEnvFile     Source = "env-file"    // the file .env of the working directory
	SourceEnvironment Source = "environment" // TRIVET_…
	SourceProgram     Source = "program"     // a [Config] of the program
	SourceFlag        Source = "flag"        // a flag of the command that started the program
)

// The engine's number of each source is its place.
var sources = [...]Source{
	sourceDefault:     SourceDefault,
	sourceFile:        SourceFile,
	sourceEnvFile:     SourceEnvFile,
	sourceEnvironment: SourceEnvironment,
	sourceProgram:     SourceProgram,
	sourceFlag:        SourceFlag,
}

// Setting is a setting of the server, or of the table [app] of trivet.toml, and where its value
// comes from.
type Setting struct {
	Key      string // table and key in trivet.toml: server.port
	Variable string // its variable in the environment: TRIVET_PORT
	Value    string // as the environment would have it; "" where there is none
	Default  string // the same of its default
	Source   Source // what has set it
	Place    string // trivet.toml:3, .env:2, TRIVET_PORT or --port; "" for the program and the default
	Allowed  string // what it may be, in words
	Help     string // what it means
}

// Settings tells every setting. What the program has set is told from what it found only where the
// two differ.
func (a *App) Settings() ([]Setting, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.effective(); err != nil {
		return nil, err
	}
	var settings []Setting
	var info C.trivet_setting_info
	info.size = C.uint32_t(unsafe.Sizeof(info))
	for a.engine != nil && C.trivet_app_get_setting(a.engine, C.size_t(len(settings)), &info) == 0 {
		settings = append(settings, Setting{
			Key:      goString(info.key),
			Variable: goString(info.variable),
			Value:    goString(info.value),
			Default:  goString(info.default_value),
			Source:   sources[info.source],
			Place:    goString(info.place),
			Allowed:  goString(info.allowed),
			Help:     goString(info.help),
		})
	}
	return settings, nil
}

// Variables tells the entries of the file .env that are no settings of the engine. The trivet
// command puts them into the environment of what it starts; nothing else does.
func (a *App) Variables() map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	variables := map[string]string{}
	var entry C.trivet_param
	for i := 0; a.engine != nil && C.trivet_app_get_variable(a.engine, C.size_t(i), &entry) == 0; i++ {
		variables[goString(entry.name)] = goString(entry.value)
	}
	return variables
}
