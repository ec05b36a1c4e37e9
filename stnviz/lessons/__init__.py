"""Lessons: files with a text, a link into the app and questions; their schema and their reader."""

from stnviz.lessons.course import Course, languages, read_course
from stnviz.lessons.reader import BadLesson, read_lesson
from stnviz.lessons.schema import Choice, Lesson, Number, Picture, Place, Question, Region

__all__ = [
    "BadLesson",
    "Choice",
    "Course",
    "Lesson",
    "Number",
    "Picture",
    "Place",
    "Question",
    "Region",
    "languages",
    "read_course",
    "read_lesson",
]
