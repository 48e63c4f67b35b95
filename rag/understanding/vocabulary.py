"""Words of questions about items: those that carry no topic, and those that mean the same."""

from __future__ import annotations

from rag.understanding.cues import EVENT
from rag.understanding.words import stem

ONLINE = ("online", "virtual", "virtually", "remotely", "webinar", "by video", "zoom")
# What a question may say for it.
ONLINE_WORDS = frozenset("online virtual virtually remotely remote internet zoom video digitally webcam screen".split())  # noqa: SIM905
EVENT_WORDS = {
    "meet": ("meeting", "met", "meet"),
    "workshop": ("workshop",),
    "event": ("meeting", "met", "workshop", "training", "conference", "seminar", "webinar", "roundtable", "congress"),
    "train": ("training", "trained", "course", "programme"),
    "cours": ("training", "course", "programme"),
    "gather": ("meeting", "met", "gathered", "gathering", "conference"),
}
EVENT_NOUNS = frozenset(stem(word) for word in EVENT.split("|"))
# What a question about items is made of besides their topic.
GENERIC = frozenset(
    map(
        stem,
        """news press item story article report piece post entry feature headline publication publish
        release issue print write written site website page web listing collection archive hold held
        keep carry contain hosted organized staged convened place took take taken happen went go come
        came appear date day month year time title total newest latest recent oldest earliest first last
        youngest freshest tell cover deal dealt mention discuss describe concern treat talk speak topic
        subject portray profile series ran run interview document file text source meeting
        workshop event training conference seminar webinar roundtable gathering session course country
        region name link summary summarise overview briefly exactly currently altogether overall
        available exist matter reading headline label pls stuff old new find found search read related
        regarding whose focus refer touch there
        mean told hear heard know believe remember wonder curious interested open begin start close final very use used
        word term phrase turn bring brought bear stand belong everything anything something stuff
        number counting one two three four five""".split(),  # noqa: SIM905
    )
)
