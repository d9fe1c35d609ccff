select export, title from contracts order by title
