"""Stories: what requests tell, each different one kept once."""

from __future__ import annotations

from struct import unpack

from sim.nodes.steps import BackendStep, ClientStep
from sim.trace.step_path import AnnouncedStep, StepPath

SEND = (-1, "students", ClientStep.SEND, "app", "")
ARRIVES = (0, "app", BackendStep.RECEIVE, "", "")
LEAVES = (0, "app", BackendStep.RESPOND, "", "")


def tell(beginning, *keys):
    """Go on with a story, one key after the other."""
    for key in keys:
        beginning = beginning[key]
    return beginning


def test_it_tells_everything_in_order_with_the_number_of_its_moment():
    story = tell(StepPath([]), None, SEND, None, ARRIVES, LEAVES)
    assert story.steps() == [AnnouncedStep(0, *SEND), AnnouncedStep(1, *ARRIVES), AnnouncedStep(1, *LEAVES)]
    assert story.moments == 2


def test_requests_that_tell_the_same_share_one_story():
    known = []
    beginning = StepPath(known)
    stories = [tell(beginning, None, SEND, None, ARRIVES) for _ in range(1000)]
    assert all(story is stories[0] for story in stories)
    # The beginning and two keys, each with what follows when time goes by.
    assert len(known) == 2 * (1 + 2)


def test_stories_part_where_they_differ():
    known = []
    beginning = StepPath(known)
    at_once = tell(beginning, None, SEND, ARRIVES)
    later = tell(beginning, None, SEND, None, ARRIVES)
    assert at_once is not later
    assert (at_once.moments, later.moments) == (1, 2)
    assert [story.number for story in known] == list(range(len(known)))
    assert known[later.number] is later


def test_a_longer_story_leaves_the_shorter_one_as_it_was():
    beginning = StepPath([])
    short = tell(beginning, None, SEND)
    tell(short, None, ARRIVES)
    assert short.steps() == [AnnouncedStep(0, *SEND)]


def test_the_beginning_tells_nothing():
    beginning = StepPath([])
    assert (beginning.steps(), beginning.moments, beginning.pack_moments()) == ([], 0, b"")


def test_moments_are_packed_as_they_are():
    story = tell(StepPath([]), None, SEND, None, ARRIVES)
    assert unpack("@2d", story.pack_moments(0.1, 1e9)) == (0.1, 1e9)
