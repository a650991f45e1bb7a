package gemba

// Version is what this Gemba calls itself.
const Version = "0.1.0"
