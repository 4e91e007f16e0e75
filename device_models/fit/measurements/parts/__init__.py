"""Which column plays which part: one row is a read or a programming; or each column is a cell; or each row is, with
the times of its reads in the heading. Where headings leave it open the file is refused with the option that says it.

`model` - `given` (what the user said) - `refusals` (messages) - `choice` (the rest).
"""
