-- The periods in which something would change if all closed periods were reopened, in order.
select distinct period_type, period_end from closed_would_be where map = 'then' order by period_end, period_type
