/* The policy document: its clauses in their order. */
select clause, chapter, chapter_title, clause_title, text from clauses order by clause
