-- expand
-- in a transaction
-- locks: nothing
--
-- What an act is found by, as an index has it that the next step builds.

CREATE FUNCTION audit_block(id bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN id / 16384;
COMMENT ON FUNCTION audit_block IS 'audit: The block of acts in which this one is searched for.';
CREATE FUNCTION audit_words(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_remove(string_to_array(translate(lower(replace(replace(said, '\n', ' '), '\t', ' ')),
    E'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r', repeat(' ', 35)), ' '), '');
COMMENT ON FUNCTION audit_words IS 'audit: The words of a text, as they are searched for.';
CREATE FUNCTION audit_asked(block bigint, terms text[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT array_agg(hashtextextended(block || term, 0)) FROM unnest(terms) AS t (term));
COMMENT ON FUNCTION audit_asked IS 'audit: Terms of acts, as the index of a block has them.';
CREATE FUNCTION audit_terms(
    id bigint, organizer_id text, actor text, act text, subject text, before jsonb, after jsonb, detail jsonb
) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000
RETURN audit_asked(audit_block(id),
    ARRAY['o' || coalesce(organizer_id, ''), 'a' || actor, 's' || subject, 'd' || act, 'd' || split_part(act, '.', 1)]
    || string_to_array('w' || array_to_string(audit_words(act || ' ' || subject || ' ' || actor || ' '
        || coalesce(before::text, '') || ' ' || coalesce(after::text, '') || ' ' || detail::text), ' w'), ' '));
COMMENT ON FUNCTION audit_terms IS 'audit: All that an act is found by: organizer, actor, subject, act, its words.';
