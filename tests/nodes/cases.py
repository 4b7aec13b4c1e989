"""Fields and questions that the tests of a proxy's cache share."""

TAGGED = (("cache-control", "max-age=60"), ("etag", '"1"'))
SOON = (("cache-control", "max-age=60, stale-while-revalidate=30"), ("etag", '"1"'))
PART = (("cache-control", "max-age=60"), ("etag", '"1"'), ("content-range", "bytes 0-499/1000"))
REST = (*PART[:2], ("content-range", "bytes 500-999/1000"))


def stored_detail(said):
    """What the cache did with a response, as the step "store" announces it."""
    return next(detail for _, _, step, detail in said.steps if step.name == "STORE")


def asked_with(said, name):
    """A field of the one request that was sent to the next node; None without it."""
    ((_, message),) = said.sent
    return dict(message.fields).get(name)


def two_languages(talk):
    """Store two variants, for English and for German."""
    for language in ("en", "de"):
        tagged = (("cache-control", "max-age=60"), ("vary", "accept-language"), ("etag", f'"{language}"'))
        talk.at(0).ask(fields=(("accept-language", language),)).answer(fields=tagged)
