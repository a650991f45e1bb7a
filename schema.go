package gemba

// Schema is what a kind of resource may be given: the declaration is decoded
// by it, and the reference is written from it.
type Schema struct {
	Kind       string // "file"
	Label      string // what the name of one is: "the absolute path of the file"
	LabelForm  LabelForm
	Meaning    string
	Example    string // HCL of one that decodes
	Files      bool   // everything that it changes is files, which undo puts back
	Attributes []Attribute
}

// LabelForm is the rule of a resource's name.
type LabelForm string

// The forms of names.
const (
	LabelText LabelForm = ""     // any text that is not empty and has no control characters
	LabelPath LabelForm = "path" // an absolute path, clean
	LabelName LabelForm = "name" // letters, digits and ._@:+- ; what systems call things
)

// Attribute is one setting of a resource.
type Attribute struct {
	Name     string
	Type     AttributeType
	Required bool
	Default  any      // what holds when it is not written; nil: it is not managed
	OneOf    []string // the texts that it may be; none: any
	Refers   string   // the kind whose resources it may name: user.NAME gives the name and makes an edge
	Secret   bool     // it may hold secrets, and no diff shows it
	Body     bool     // a text that may be large: it goes to the host by digest, as a Body
	Into     string   // a path beside the declaration: the file's content becomes the Body of this attribute
	Template bool     // with Into: the file is a template, rendered on the control side
	Meaning  string
	Example  string // a value as HCL
}

// AttributeType is how the value of an attribute is written, and what JSON it becomes.
type AttributeType string

// The types.
const (
	TypeText     AttributeType = "text"     // string
	TypeNumber   AttributeType = "number"   // whole number
	TypeBool     AttributeType = "bool"     //
	TypeTexts    AttributeType = "texts"    // list of strings
	TypeMap      AttributeType = "map"      // map of strings
	TypeDuration AttributeType = "duration" // "5m", as string
	TypeCommand  AttributeType = "command"  // list of strings; a text is split into arguments
)

// Attribute returns the attribute of that name.
func (s Schema) Attribute(name string) (Attribute, bool) {
	for _, a := range s.Attributes {
		if a.Name == name {
			return a, true
		}
	}
	return Attribute{}, false
}
