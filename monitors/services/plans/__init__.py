"""Plans: many wanted changes drawn against one list, previewed, run, and taken back.

`names`, `files` and `selection` say what is wanted, `drawing` makes a plan of it, `effects` holds each change
against the mirror, `digest` says exactly what would be done, `editing` changes a draft, `running` is what people
do with a plan, `tending` carries it on, and `undo` draws its inverse.
"""
