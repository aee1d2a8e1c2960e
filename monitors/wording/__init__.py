"""Operations, events, outcomes and moments as sentences for people; no templates, no views."""
