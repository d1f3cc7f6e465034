"""The account itself, its applications and its tokens: what set-up scripts ask for."""

from __future__ import annotations

import secrets

from aiohttp import web

from callcenter.practice.call import API_VERSION
from callcenter.practice.ids import present, rfc2822, sid
from callcenter.practice.rest import resources
from callcenter.practice.rest.wire import LINE, form_of, whole

_APPLICATION_FIELDS = {
    "friendly_name": "FriendlyName",
    "voice_url": "VoiceUrl",
    "voice_method": "VoiceMethod",
    "voice_fallback_url": "VoiceFallbackUrl",
    "voice_fallback_method": "VoiceFallbackMethod",
    "status_callback": "StatusCallback",
    "status_callback_method": "StatusCallbackMethod",
    "sms_url": "SmsUrl",
    "sms_method": "SmsMethod",
    "sms_fallback_url": "SmsFallbackUrl",
    "sms_fallback_method": "SmsFallbackMethod",
    "sms_status_callback": "SmsStatusCallback",
    "message_status_callback": "MessageStatusCallback",
}


async def fetch(request: web.Request) -> web.Response:
    settings = request.app[LINE].settings
    return web.json_response(
        {
            "sid": settings.account_sid,
            "friendly_name": "Practice line",
            "status": "active",
            "type": "Full",
            "owner_account_sid": settings.account_sid,
            "date_created": rfc2822(present()),
            "date_updated": rfc2822(present()),
            "uri": f"/{API_VERSION}/Accounts/{settings.account_sid}.json",
            "subresource_uris": {},
        }
    )


async def create_application(request: web.Request) -> web.Response:
    """Return an application. The line sends browser calls to its own voice URL, whatever is said here."""
    form, account_sid, application_sid = await form_of(request), request.match_info["account"], sid("AP")
    given = {field: form.get(name) for field, name in _APPLICATION_FIELDS.items()}
    return web.json_response(
        {
            **given,
            "sid": application_sid,
            "account_sid": account_sid,
            "api_version": API_VERSION,
            "voice_caller_id_lookup": False,
            "public_application_connect_enabled": False,
            "date_created": rfc2822(present()),
            "date_updated": rfc2822(present()),
            "uri": resources.uri(account_sid, "Applications", application_sid),
        },
        status=201,
    )


async def create_token(request: web.Request) -> web.Response:
    """Return credentials for media relays; everything is on this machine, so there are no relays."""
    form, settings = await form_of(request), request.app[LINE].settings
    return web.json_response(
        {
            "account_sid": settings.account_sid,
            "username": secrets.token_hex(16),
            "password": secrets.token_hex(16),
            "ttl": str(whole(form, "Ttl", 86400)),
            "ice_servers": [],
            "date_created": rfc2822(present()),
            "date_updated": rfc2822(present()),
        },
        status=201,
    )
