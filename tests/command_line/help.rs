//! Pages of help, and the tree of all commands.
