// Package platform does not compile where there is no engine: the name that is undefined there says
// what is the matter.
package platform
