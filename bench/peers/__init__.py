"""The same job by siaga, by other stream processors, and by nobody: consume and decode alone.

The job: read posts as JSON, score them with VADER, count the negative ones of each brand and minute, and say
on another topic where a minute reaches a limit. Each peer does it as its documentation shows. Siaga does all
that it always does beside: it finds brands in texts, removes duplicates, keeps its counts through crashes,
learns what is normal, and judges.
"""
