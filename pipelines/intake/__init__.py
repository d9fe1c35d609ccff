"""A file becomes a submission: read, recognise, conform, check, receive.

The way of a file, module by module:

- `receive`     the door: takes files in; `outcome` is what is handed in and what is answered
- `inbox`       the folder that files are laid into, and when one of them is complete
- `desk`        the order of arrival, sealing, commits to the lake; `incoming` is a file at the desk
- `readers`     child processes that judge files under limits of memory and time; `worker` is what runs in them
- `judge`       files from bytes to drafts, in a child process; `case` is one of them, `verdict` counts and decides
- `archive`     a .zip with several files → its files
- `read`        bytes → sheets of text cells with their true row and column; `sheet` is what they are
- `package`     .xlsx, `biff` .xls, `page` HTML, `text` and `delimited` csv; `long_numbers` finds codes that lost digits
- `peek`        the first rows of a large file, to tell what it is before all of it is read
- `turned`      a table on its side → laid out as any other; `months` several months in one file; `merged` cells
- `recognise`   header → export; `header` finds it and its columns, `headings` the names and units a cell may stand for
- `naming`      what files and sheets are called to others: without what may name a person
- `said`        what file name, titles and columns say about the period; `scope` the same about streets
- `rows`        every row is data or skipped for a reason
- `folding`     which texts are the same: signs nobody sees, widths, radicals
- `cells`       the text of one cell → a value; `conform` whole columns of them; `locate` the communities
- `check`       the rules of the contract, and the faults with their cells; `hints` what was probably meant
- `annotate`    the workbook that is handed back, faults marked; `template` the blank one
- `roster`      in which street an organization lies, for exports without a community of their own
- `register`    the communities and streets in use on a day, and the names they go by
- `changes`     what a submission changes against those it replaces
- `sealing`     keys, encrypted originals, keyed hashes

No Dagster in here, and nothing about indicators.
"""
