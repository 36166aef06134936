"""The three protocols, assembled."""

from functools import partial

from canary.simulate import chat, messages, openai, responses, responses_events
from canary.simulate.chat_read import read as read_chat
from canary.simulate.messages_read import read as read_messages
from canary.simulate.protocol import Protocol
from canary.simulate.responses_read import read as read_responses

MESSAGES = Protocol(
    name="messages",
    read=read_messages,
    read_count=partial(read_messages, counting=True),
    body=messages.body,
    events=messages.events,
    error=messages.error,
    error_event=messages.error_event,
    headers=messages.headers,
)
RESPONSES = Protocol(
    name="responses",
    read=read_responses,
    read_count=partial(read_responses, counting=True),
    body=responses.body,
    events=responses_events.events,
    error=openai.error,
    error_event=responses_events.error_event,
    headers=openai.headers,
    failure=responses_events.failure,
)
CHAT = Protocol(
    name="chat",
    read=read_chat,
    read_count=read_chat,
    body=chat.body,
    events=chat.events,
    error=openai.error,
    error_event=chat.error_event,
    headers=openai.headers,
)
