"""Playbooks: what a candidate lives through, as events and expected commands."""

import pytest

from server.sessions.director import GRACE_SECONDS, LEAD_SECONDS, Impossible, deadline_of, restore
from server.sessions.stages import (
    Answer,
    AnswerContinued,
    AnswerKept,
    AnswerRestarted,
    AnswerStarted,
    AnswerStopped,
    Checking,
    CheckPassed,
    Choosing,
    Connected,
    Consented,
    CountingDown,
    DeadlineReached,
    DeliverAnswers,
    Disconnected,
    EndPart,
    EraseTake,
    Interrupted,
    PartEnded,
    Playing,
    PlaySegment,
    ProcessTake,
    Recording,
    Reviewing,
    Saving,
    SegmentEnded,
    SegmentSkipped,
    StartPart,
    StopPlayout,
    SubmitRequested,
    Submitted,
    TakeChosen,
    Thinking,
)
from tests.server.sessions.playbook import (
    FIRST,
    OFFICE,
    SCRIPT,
    SECOND,
    WELCOME,
    Play,
    at_first_question,
    tk,
)


def fire(play: Play, fresh: str = "fresh") -> Play:
    """The running timer comes due."""
    deadline = deadline_of(play.state)
    assert deadline is not None
    return play.tell(DeadlineReached(deadline.at, deadline.about, tk(fresh)))


def recording_first() -> Play:
    """Take one of the first question runs since 23.0."""
    return fire(at_first_question().tell(AnswerStarted(20.0, FIRST.id, tk("1"))))


def test_consent_and_check_lead_to_the_first_segment() -> None:
    play = Play().tell(Consented(0.0))
    play.stands_at(Checking())
    play.tell(Connected(1.0), CheckPassed(2.0))
    play.stands_at(Playing(WELCOME.id))
    play.expect(PlaySegment(WELCOME.id, WELCOME.clip_id))


def test_the_question_opens_only_when_its_segment_has_ended() -> None:
    play = Play().tell(Consented(0.0), Connected(1.0), CheckPassed(2.0))
    play.tell(SegmentEnded(3.0, OFFICE.id))
    play.stands_at(Playing(WELCOME.id))
    play.tell(SegmentEnded(4.0, WELCOME.id))
    play.stands_at(Thinking(FIRST.id, 4.0))


def test_a_skipped_segment_stops_playing() -> None:
    play = Play().tell(Consented(0.0), Connected(1.0), CheckPassed(2.0))
    play.tell(SegmentSkipped(5.0, WELCOME.id)).expect(StopPlayout(WELCOME.id))


def test_a_take_starts_ahead_of_go_and_stops_after_the_grace() -> None:
    play = at_first_question().tell(AnswerStarted(20.0, FIRST.id, tk("1")))
    play.stands_at(CountingDown(FIRST.id, tk("1"), 1, 23.0))
    deadline = deadline_of(play.state)
    assert deadline is not None
    assert deadline.at == 23.0 - LEAD_SECONDS
    fire(play).expect(StartPart(tk("1"), 1))
    play.stands_at(
        Recording(FIRST.id, tk("1"), 1, since=23.0, limit=83.0, deadline=83.0 + GRACE_SECONDS)
    )
    fire(play).expect(EndPart(tk("1"), 1))
    play.stands_at(Saving(FIRST.id, tk("1")))
    play.tell(PartEnded(94.0, tk("1"), 1, 70.0)).expect(ProcessTake(tk("1")))
    play.stands_at(Choosing(FIRST.id))


def test_think_time_that_is_up_starts_the_take_by_itself() -> None:
    play = recording_first().tell(
        AnswerStopped(40.0, tk("1")),
        PartEnded(40.1, tk("1"), 1, 17.0),
        TakeChosen(41.0, FIRST.id, tk("1")),
        SegmentEnded(50.0, OFFICE.id),
    )
    play.stands_at(Thinking(SECOND.id, 50.0, 80.0))
    fire(play, "2")
    play.stands_at(CountingDown(SECOND.id, tk("2"), 1, 83.0))


def test_takes_are_limited_and_any_done_one_can_be_chosen() -> None:
    play = recording_first().tell(AnswerStopped(40.0, tk("1")), PartEnded(40.1, tk("1"), 1, 17.0))
    fire(play.tell(AnswerStarted(50.0, FIRST.id, tk("2"))))
    play.tell(AnswerStopped(60.0, tk("2")), PartEnded(60.1, tk("2"), 1, 7.0))
    with pytest.raises(Impossible, match="no_takes_left"):
        play.tell(AnswerStarted(70.0, FIRST.id, tk("3")))
    play.tell(TakeChosen(71.0, FIRST.id, tk("1")))
    assert play.state.answers == (Answer(FIRST.id, tk("1")),)
    play.stands_at(Playing(OFFICE.id))


def test_a_lost_line_ends_the_part_not_the_take() -> None:
    play = recording_first().tell(Disconnected(35.0)).expect(EndPart(tk("1"), 1))
    play.stands_at(Interrupted(FIRST.id, tk("1")))
    play.tell(PartEnded(35.1, tk("1"), 1, 12.0), Connected(40.0))
    play.stands_at(Interrupted(FIRST.id, tk("1")))
    play.tell(AnswerContinued(50.0, tk("1")))
    fire(play).expect(StartPart(tk("1"), 2))
    assert isinstance(play.state.stage, Recording)
    assert play.state.stage.limit == 53.0 + 48.0
    play.tell(AnswerStopped(60.0, tk("1")), PartEnded(60.1, tk("1"), 2, 7.0))
    assert play.state.take(tk("1")).seconds == 19.0
    assert play.state.takes_used(FIRST.id) == 1


def test_starting_again_after_a_failure_costs_no_take() -> None:
    play = recording_first().tell(
        Disconnected(35.0), PartEnded(35.1, tk("1"), 1, 12.0), Connected(36.0)
    )
    play.tell(AnswerRestarted(37.0, tk("1"), tk("2")))
    fire(play).expect(StartPart(tk("2"), 1))
    assert play.state.takes_used(FIRST.id) == 1
    assert play.state.take(tk("1")).status == "abandoned"


def test_a_kept_interrupted_take_can_be_chosen() -> None:
    play = recording_first().tell(Disconnected(35.0), PartEnded(35.1, tk("1"), 1, 12.0))
    play.tell(AnswerKept(36.0, tk("1"))).expect(ProcessTake(tk("1")))
    play.stands_at(Choosing(FIRST.id))


def test_continuing_waits_until_the_first_part_is_safe() -> None:
    play = recording_first().tell(Disconnected(35.0), Connected(35.5))
    with pytest.raises(Impossible, match="still_saving"):
        play.tell(AnswerContinued(36.0, tk("1")))


def test_a_take_in_which_nothing_arrived_is_not_counted() -> None:
    play = recording_first().tell(AnswerStopped(24.0, tk("1")), PartEnded(24.1, tk("1"), 1, 0.0))
    play.stands_at(Thinking(FIRST.id, 24.1))
    assert play.state.takes_used(FIRST.id) == 0


def test_a_recorder_that_gives_up_interrupts_the_take() -> None:
    play = recording_first().tell(PartEnded(30.0, tk("1"), 1, 6.0)).expect()
    play.stands_at(Interrupted(FIRST.id, tk("1")))


def test_a_line_lost_in_the_countdown_goes_back_to_the_question() -> None:
    play = at_first_question().tell(AnswerStarted(20.0, FIRST.id, tk("1")), Disconnected(21.0))
    play.stands_at(Thinking(FIRST.id, 21.0))
    assert play.state.takes == ()


def test_think_time_that_ends_while_the_line_is_down_waits_for_the_candidate() -> None:
    play = recording_first().tell(
        AnswerStopped(40.0, tk("1")),
        PartEnded(40.1, tk("1"), 1, 17.0),
        TakeChosen(41.0, FIRST.id, tk("1")),
        SegmentEnded(50.0, OFFICE.id),
        Disconnected(60.0),
    )
    fire(play)
    play.stands_at(Thinking(SECOND.id, 50.0, None, overdue=True))
    play.tell(Connected(500.0))
    assert isinstance(play.state.stage, Thinking)
    assert play.state.stage.deadline == 503.0


def test_a_segment_goes_on_where_the_line_was_lost() -> None:
    play = Play().tell(Consented(0.0), Connected(1.0), CheckPassed(2.0))
    play.tell(Disconnected(9.0, played_seconds=6.5)).expect(StopPlayout(WELCOME.id))
    play.tell(Connected(12.0)).expect(PlaySegment(WELCOME.id, WELCOME.clip_id, 6.5))


def test_an_answer_cannot_start_without_a_line() -> None:
    play = at_first_question().tell(Disconnected(15.0))
    with pytest.raises(Impossible, match="not_connected"):
        play.tell(AnswerStarted(20.0, FIRST.id, tk("1")))


def test_late_events_are_ignored() -> None:
    play = recording_first()
    before = play.state
    play.tell(
        AnswerStopped(30.0, tk("other")),
        SegmentEnded(30.0, WELCOME.id),
        TakeChosen(30.0, FIRST.id, tk("1")),
        PartEnded(30.0, tk("other"), 1, 3.0),
        DeadlineReached(30.0, "think:gone", tk("9")),
        Consented(30.0),
    )
    assert play.state == before


def test_submitting_delivers_the_answers_and_erases_the_rest() -> None:
    play = recording_first().tell(AnswerStopped(40.0, tk("1")), PartEnded(40.1, tk("1"), 1, 17.0))
    fire(play.tell(AnswerStarted(50.0, FIRST.id, tk("2"))))
    play.tell(AnswerStopped(60.0, tk("2")), PartEnded(60.1, tk("2"), 1, 7.0))
    play.tell(TakeChosen(61.0, FIRST.id, tk("2")), SegmentEnded(70.0, OFFICE.id))
    fire(fire(play, "3"))
    play.tell(AnswerStopped(120.0, tk("3")), PartEnded(120.1, tk("3"), 1, 5.0))
    play.tell(TakeChosen(121.0, SECOND.id, tk("3")))
    play.stands_at(Reviewing())
    answers = (Answer(FIRST.id, tk("2")), Answer(SECOND.id, tk("3")))
    play.tell(SubmitRequested(130.0)).expect(DeliverAnswers(answers), EraseTake(tk("1")))
    play.stands_at(Submitted(130.0))
    play.tell(SubmitRequested(131.0)).expect()


def test_submitting_before_the_end_is_refused() -> None:
    with pytest.raises(Impossible, match="not_now"):
        at_first_question().tell(SubmitRequested(20.0))


def test_a_restored_recording_is_interrupted_with_what_was_recovered() -> None:
    state = recording_first().state
    state, commands = restore(SCRIPT, state, {(tk("1"), 1): 11.5}, at=100.0)
    assert state.stage == Interrupted(FIRST.id, tk("1"))
    assert state.take(tk("1")).seconds == 11.5
    assert not state.connected
    assert commands == ()


def test_a_restored_take_that_was_being_saved_is_saved() -> None:
    state = recording_first().tell(AnswerStopped(40.0, tk("1"))).state
    state, commands = restore(SCRIPT, state, {(tk("1"), 1): 16.0}, at=100.0)
    assert state.stage == Choosing(FIRST.id)
    assert commands == (ProcessTake(tk("1")),)


def test_restoring_says_again_what_the_state_implies() -> None:
    play = recording_first().tell(AnswerStopped(40.0, tk("1")), PartEnded(40.1, tk("1"), 1, 17.0))
    state, commands = restore(SCRIPT, play.state, {}, at=100.0)
    assert state.stage == Choosing(FIRST.id)
    assert commands == (ProcessTake(tk("1")),)
