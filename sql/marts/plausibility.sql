/*
description: 每份被采用的报送中值得核实之处：合计数突变、名册骤增骤减、与以前雷同、超出另一份报表允许的范围、写明是累计数。只是提醒，不影响采用。
columns:
  submission_id: 报送编号
  export: 报表名
  period_type: month、quarter 或 year
  period_end: 所属期的最后一天
  submitter: 报送者：440307 为全区，否则为街道编码
  field: 涉及的字段；涉及行数或整份文件的为空
  rule: jump 合计数突变，resized 名册骤增骤减，repeated 与以前一期雷同，beyond 超出另一份报表允许的范围，cumulative 写明是累计数，orphans 名册中找不到的过多，closed 所报社区已停用
  found: 本次的数；雷同的为相同的数的个数
  expected_low: 一般不低于；不适用的为空
  expected_high: 一般不高于；不适用的为空
  message: 说明：发现什么，与什么相比
  indicators: 用到这个数的指标，以逗号相连
*/
with
-- How far from the usual is doubtful (in spreads), how many earlier periods must be known, how many of one season make
-- it known, the least relative scatter of a figure, the fewest rows and cells that say anything.
law as (
    select 5.0 as widest, 6 as fewest, 3 as seasons, 0.05 as scatter, 10 as rows_that_tell, 10 as numbers_that_tell, 50 as cells_that_tell,
        5 as least
),
entries as (
    select t.submission_id, s.export, s.period_type, s.period_end, t.submitter, t.field, k.kind, f.is_amount,
        cast(t.total as double) as total, t.numbers, t.fingerprint, p.submission_id is not null as is_active,
        case s.period_type when 'month' then 12 when 'quarter' then 4 else 1 end as per_year,
        year(s.period_end) * per_year + month(s.period_end) * per_year // 12 as at
    from build.totals t
    join submissions s using (submission_id)
    join contracts k using (export)
    join build.doubt_fields f using (export, field)
    left join build.parts p
        on p.export = s.export and p.period_end = s.period_end and p.submitter = t.submitter and p.submission_id = t.submission_id
    where t.per = ''
),
scaled as (
    -- An amount is measured in its usual cell, so that it scatters like a count.
    select *, coalesce(nullif(
        case when is_amount then median(abs(total) / nullif(numbers, 0)) over (partition by export, submitter, field) end, 0
    ), 1) as cell
    from entries
    where total is not null and (field <> 'rows' or kind = 'flow')
),
levels as (
    -- On this scale a count scatters by about one: by its root where it is small, by its share where it is large.
    select *, sign(total) * asinh(scatter * sqrt(abs(total) / cell)) * 2 / scatter as level
    from scaled cross join law
),
past as (
    select e.submission_id, e.submitter, e.field, h.submission_id as earlier, h.level, e.at - h.at as ago, e.per_year
    from levels e
    join levels h on h.export = e.export and h.submitter = e.submitter and h.field = e.field and h.at < e.at and h.is_active
),
seasons as (
    -- The same month or quarter of earlier years, and how it was last.
    select submission_id, submitter, field, count(*) as years, median(level) as season,
        arg_min(level, ago) as latest, arg_min(earlier, ago) as year_ago
    from past
    where ago % per_year = 0
    group by all
),
drifts as (
    -- How a figure moved within a year.
    select l.submission_id, l.submitter, l.field, l.level - s.latest as drift
    from levels l
    join seasons s using (submission_id, submitter, field)
),
recent as (
    select p.submission_id, p.submitter, p.field, count(*) as periods, median(p.level) as usual, mad(p.level) as spread,
        count(d.drift) as drifts, median(d.drift) as drift, mad(d.drift) as drift_spread
    from past p
    left join drifts d on d.submission_id = p.earlier and d.submitter = p.submitter and d.field = p.field
    where p.ago <= 12
    group by all
    having count(*) >= (select fewest from law)
),
ranges as (
    select l.*, r.periods, r.usual, s.year_ago,
        coalesce(s.years >= l.seasons and r.drifts >= l.fewest, false) as is_seasonal,
        -- Until a season was seen once, it is allowed for by twice the distance.
        l.widest * case
            when is_seasonal then greatest(1.0, 1.4826 * r.drift_spread)
            else greatest(1.0, 1.4826 * r.spread) * case when s.years > 0 then 1 else 2 end
        end as distance,
        least(s.season, case when is_seasonal then s.latest + r.drift else r.usual end) - distance as low_level,
        greatest(s.season, case when is_seasonal then s.latest + r.drift else r.usual end) + distance as high_level
    from levels l
    join recent r using (submission_id, submitter, field)
    left join seasons s using (submission_id, submitter, field)
),
limits as (
    select *,
        sign(low_level) * cell * (sinh(abs(low_level) * scatter / 2) / scatter) ** 2 as lowest,
        sign(high_level) * cell * (sinh(abs(high_level) * scatter / 2) / scatter) ** 2 as highest,
        sign(usual) * cell * (sinh(abs(usual) * scatter / 2) / scatter) ** 2 as middle
    from ranges
    where level < low_level or level > high_level
),
jumps as (
    select l.submission_id, l.submitter, l.field, 'jump' as rule, l.total as found,
        case when l.lowest < 0 and l.middle >= 0 and l.total >= 0 then 0 else l.lowest end as expected_low,
        l.highest as expected_high,
        case when l.is_seasonal then '按历年同期推算' else '此前' || l.periods || '期' end as compared,
        l.is_seasonal, l.middle, y.total as year_ago
    from limits l
    left join entries y on y.submission_id = l.year_ago and y.submitter = l.submitter and y.field = l.field
),
counted as (
    select e.*, h.submission_id as earlier, h.period_end as earlier_end, h.total as earlier_total, h.at as earlier_at,
        h.fingerprint = e.fingerprint as is_same
    from entries e
    join entries h
        on h.export = e.export and h.submitter = e.submitter and h.field = 'rows' and h.is_active and h.at < e.at and e.at - h.at <= 12
    where e.field = 'rows'
),
before as (
    select * from counted
    qualify earlier_at = max(earlier_at) over (partition by submission_id, submitter)
),
resized as (
    select submission_id, submitter, field, 'resized' as rule, total as found, earlier_total * 2 / 3 as expected_low,
        earlier_total * 4 / 3 as expected_high, earlier_end, earlier_total
    from before cross join law
    where kind = 'snapshot' and abs(total - earlier_total) >= rows_that_tell and 3 * abs(total - earlier_total) >= earlier_total
),
habits as (
    -- A register that stayed the same before may do so again; one that never did should not.
    select e.submission_id, e.submitter, count(*) as pairs, count(*) filter (where b.is_same) as same
    from entries e
    join before b on b.export = e.export and b.submitter = e.submitter and b.is_active and b.at < e.at and e.at - b.at <= 12
    where e.field = 'rows' and e.kind = 'snapshot'
    group by all
),
repeated as (
    select c.submission_id, c.submitter, c.field, 'repeated' as rule, c.total as found, max(c.earlier_end) as earlier_end
    from counted c
    cross join law
    left join habits h using (submission_id, submitter)
    where c.is_same and (
        c.kind = 'flow' and c.numbers >= numbers_that_tell
        or c.kind = 'snapshot' and c.numbers + c.total >= cells_that_tell and h.pairs >= 3 and h.same = 0
    )
    group by all
),
bounded as (
    select t.submission_id, t.submitter, t.field, t.place, b.other, b.other_field, b.per, cast(t.total as double) as total, b.within,
        (
            select max(p.period_end) from build.parts p
            where p.export = b.other and date_trunc(p.period_type, p.period_end) <= s.period_end
        ) as other_end
    from build.bounds b
    join submissions s on s.export = b.export
    join build.totals t on t.submission_id = s.submission_id and t.field = b.field and t.per = b.per
),
others as (
    select p.export as other, p.period_end as other_end, t.field as other_field, t.per, t.place, cast(sum(t.total) as double) as most
    from build.parts p
    join build.totals t on t.submission_id = p.submission_id and t.submitter = p.submitter
    where p.export in (select other from build.bounds)
    group by all
),
beyond as (
    select b.submission_id, b.submitter, b.field, 'beyond' as rule, arg_max(b.total, b.total - o.most) as found,
        arg_max(o.most * (1 + b.within), b.total - o.most) as expected_high, arg_max(o.most, b.total - o.most) as most,
        arg_max(nullif(b.place, ''), b.total - o.most) as place, count(*) as places, b.other, b.other_field, o.other_end
    from bounded b
    join others o using (other, other_end, other_field, per, place)
    cross join law
    where b.total > o.most * (1 + b.within) and b.total >= least
    group by b.submission_id, b.submitter, b.field, b.other, b.other_field, o.other_end
),
asked as (
    -- What was asked at the door about the file as a whole.
    select distinct e.submission_id, e.submitter, e.field, f.rule, e.total as found, f.message as question
    from faults f
    join entries e on e.submission_id = f.submission_id and e.field = 'rows'
    where f.rule = 'cumulative' and f.severity = 'warning'
),
unknown as (
    -- Rows that name an organization, a member or a project that the roster of the period does not know.
    select o.submission_id, e.submitter, e.field, 'orphans' as rule, count(distinct (o.sheet, o.row)) as found,
        floor(s.rows_accepted * 0.05) as expected_high, any_value(h.header) as missing, s.rows_accepted as read
    from orphans o
    join submissions s using (submission_id)
    join entries e on e.submission_id = o.submission_id and e.field = 'rows' and e.is_active
    left join contract_fields h on h.export = s.export and h.field = o.field
    group by all
    having found > 1 and found > s.rows_accepted * 0.05
),
closed as (
    select l.submission_id, l.submitter, e.field, 'closed' as rule, l.places as found,
        '社区名录后来写明，所报的社区在本期以前已停用：' || l.communities || '。请核对这些行，或更正名录。' as question
    from build.late_figures l
    join entries e on e.submission_id = l.submission_id and e.submitter = l.submitter and e.field = 'rows'
),
told as (
    select submission_id, submitter, field, rule, found, expected_low, expected_high, compared, is_seasonal, middle, year_ago,
        null as earlier_end, null as earlier_total, null as place, null as places, null as other, null as other_field
    from jumps
    union all by name
    select submission_id, submitter, field, rule, found, expected_low, expected_high, earlier_end, earlier_total from resized
    union all by name
    select submission_id, submitter, field, rule, found, earlier_end from repeated
    union all by name
    select submission_id, submitter, field, rule, found, expected_high, most as middle, place, places, other, other_field,
        other_end as earlier_end
    from beyond
    union all by name
    select submission_id, submitter, field, rule, found, question from asked
    union all by name
    select submission_id, submitter, field, rule, found, expected_high,
        format('{:,}', read) || '行中有' || format('{:,}', found) || '行的“' || missing || '”在本期名册中找不到，超过5%，相关的数可能不全。请核对编码，或补报名册。' as question
    from unknown
    union all by name
    select submission_id, submitter, field, rule, found, question from closed
),
written as (
    select t.*, s.export, s.period_type, s.period_end, f.header, f.unit, f.indicators, o.header as other_header, c.title as other_title,
        coalesce(a.area_name, t.place) as place_name,
        list_transform([found, expected_low, expected_high, middle, year_ago, earlier_total], lambda x:
            case when abs(x) >= 10 or x = round(x) then format('{:,}', cast(round(x) as bigint)) else format('{:.1f}', x) end
            || f.unit) as n,
        case coalesce(c.cadence, s.period_type)
            when 'month' then year(earlier_end) || '年' || month(earlier_end) || '月'
            when 'quarter' then year(earlier_end) || '年第' || quarter(earlier_end) || '季度'
            else year(earlier_end) || '年'
        end as earlier
    from told t
    join submissions s using (submission_id)
    join build.doubt_fields f using (export, field)
    left join build.doubt_fields o on o.export = t.other and o.field = t.other_field
    left join contracts c on c.export = t.other
    left join areas a on a.area_code = t.place
)
select
    submission_id,
    export,
    period_type,
    period_end,
    submitter,
    nullif(field, 'rows') as field,
    rule,
    found,
    expected_low,
    expected_high,
    case rule
        when 'jump' then
            header || '合计' || n[1] || case when found < expected_low then '，明显偏低' else '，明显偏高' end || '：' || compared
            || '一般在' || n[2] || '至' || n[3] || '之间' || case when is_seasonal then '' else '（中位数' || n[4] || '）' end
            || coalesce('，上年同期' || n[5], '') || '。'
        when 'resized' then
            header || n[1] || '，比' || earlier || '的' || n[6] || case when found < earlier_total then '少' else '多' end
            || '了三分之一以上。'
        when 'repeated' then
            '与' || earlier || '报的完全相同：共' || n[1] || '，逐行一致。'
        when 'cumulative' then question
        when 'orphans' then question
        when 'closed' then question
        else
            coalesce(place_name || case when places > 1 then '等' || places || '处' else '' end || '：', '')
            || header || n[1] || '，大于' || other_title || '（' || earlier || '）中的' || other_header || n[4] || '。'
    end as message,
    indicators
from written
