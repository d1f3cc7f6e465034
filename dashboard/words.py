"""What the pages say, in both languages: Chinese first, English by a cookie that every screen shares."""

from __future__ import annotations

from enum import StrEnum

from flask import Flask, request

from dashboard.rating_words import RATING_WORDS

COOKIE = "language"
COOKIE_LIVES_S = 365 * 24 * 3600


class Language(StrEnum):
    """What a reader may choose."""

    ZH = "zh"
    EN = "en"


HTML_LANG = {Language.ZH: "zh-CN", Language.EN: "en"}

# Key -> (Chinese, English).
WORDS: dict[str, tuple[str, str]] = {
    "city.hotline": ("澜州市政务服务便民热线", "City public service hotline"),
    "page.title": ("12345 政务服务便民热线", "12345 public service hotline"),
    "page.short": ("12345 热线", "12345 hotline"),
    "page.skip": ("跳到正文", "Skip to content"),
    "page.dial": ("拨打 12345", "Call 12345"),
    "page.languages": ("语言 Language", "Language 语言"),
    "page.emergency": (
        "紧急情况请直接拨打：报警 110　火警 119　急救 120",
        "In an emergency call at once: police 110, fire 119, ambulance 120",
    ),
    "page.staff": ("工作人员登录", "Staff sign-in"),
    "page.no_script": ("工作台需要启用 JavaScript。", "The staff screens need JavaScript."),
    "home.title_before": ("有事找政府，请拨", "Need the city's help? Call"),
    "home.lead": (
        "咨询政策、反映问题、提出建议，都可以打这一个电话。全天 24 小时有人接听，不需要按菜单。",
        "Questions, problems, suggestions: one number for all. A person answers, day and night, no menu.",
    ),
    "home.then": ("打来以后会怎样", "What happens when you call"),
    "home.step1": ("接听", "We answer"),
    "home.step1.text": (
        "话务员记录您的诉求。能当场答复的，当场答复。",
        "An agent writes down what you need, and answers at once where that is possible.",
    ),
    "home.step2": ("派单", "We pass it on"),
    "home.step2.text": (
        "需要办理的，转到负责的部门，每一件都有编号和办理时限。",
        "What has to be done goes to the unit in charge, with a number and a time limit.",
    ),
    "home.step3": ("办理", "The unit acts"),
    "home.step3.text": (
        "承办单位签收、办理，并把结果回复热线。",
        "The unit accepts it, deals with it and reports the result to the hotline.",
    ),
    "home.step4": ("办结", "We tell you"),
    "home.step4.text": (
        "热线审核答复，再把结果告诉您。",
        "The hotline checks the answer, then tells you what came of it.",
    ),
    "home.privacy": ("您的信息", "Your details"),
    "home.privacy.text": (
        "通话会录音。您的电话、姓名和住址只给办理这件事的人看，每一次查看都有记录；"
        "您也可以要求对承办单位保密，或者不留姓名。",
        "Calls are recorded. Only those who work on your matter may see your number, name and address, and "
        "every view is logged. You may ask to be hidden from the unit, or give no name.",
    ),
    "home.practice": ("练习环境", "Practice"),
    "home.practice.text": (
        "这里是一座虚构的城市，可以放心试用。",
        "This is an invented city: try whatever you like.",
    ),
    "home.practice.call": ("打一通练习电话", "Place a practice call"),
    "sign_in.title": ("登录", "Sign in"),
    "sign_in.heading": ("工作人员登录", "Staff sign-in"),
    "sign_in.username": ("用户名", "User name"),
    "sign_in.password": ("密码", "Password"),
    "sign_in.submit": ("登录", "Sign in"),
    "sign_in.practice": ("练习账号", "Practice accounts"),
    "sign_in.practice.text": (
        "点一个名字就登录。密码都是",
        "Click a name to sign in. The password of all is",
    ),
    "sign_in.people": ("{n} 人", "{n}"),
    "role.agent": ("话务员", "Agent"),
    "role.dispatcher": ("派单员", "Dispatcher"),
    "role.handler": ("承办人", "Handler"),
    "role.reviewer": ("审核员", "Reviewer"),
    "role.callback": ("回访员", "Callback agent"),
    "role.chief": ("单位负责人", "Head of unit"),
    "role.leader": ("领导", "Leader"),
    "role.supervisor": ("督办员", "Supervisor"),
    "role.administrator": ("管理员", "Administrator"),
    "list.and": ("、", ", "),
    "error.home": ("回到首页", "To the first page"),
    "error.help": ("需要帮助，请拨", "For help call"),
    "error.http_400": ("这个请求不完整或不正确。", "The request is incomplete or not correct."),
    "error.http_401": ("请先登录。", "Please sign in first."),
    "error.http_403": ("您的岗位不包含这项操作。", "Your role does not include this."),
    "error.http_404": (
        "没有找到这一页，或您无权查看。",
        "There is no such page, or it is not for you to see.",
    ),
    "error.http_405": ("这个地址不接受这种请求。", "This address does not take such a request."),
    "error.http_413": ("内容太大了。", "That is too large."),
    "error.http_415": ("请用 JSON 格式提交。", "Please send JSON."),
    "error.http_429": (
        "尝试次数太多，请过一分钟再试。",
        "Too many attempts. Please try again in a minute.",
    ),
    "error.http_503": ("系统正忙，请稍后再试。", "The centre is busy. Please try again shortly."),
    "error.other": ("请求没有成功。", "The request did not succeed."),
    "error.csrf": (
        "页面已过期，请刷新后再试。您填写的内容没有提交。",
        "The page has expired. Reload it and try again; nothing of what you wrote was sent.",
    ),
    "error.unexpected": (
        "系统出错了，已记录。请稍后再试。",
        "Something failed here and was logged. Please try again later.",
    ),
    "phone.title": ("练习电话", "Practice telephone"),
    "phone.lead": (
        "您是市民，打给 12345。通话不会离开这台机器。",
        "You are a citizen and call 12345. The call never leaves this machine.",
    ),
    "phone.voice": ("用什么说话", "Speak with"),
    "phone.microphone": ("麦克风", "Microphone"),
    "phone.file": ("声音文件", "Sound file"),
    "phone.number": ("我的号码", "My number"),
    "phone.number.hint": (
        "练习号码：+86138000 加五位数字；换一个就是另一位市民",
        "A practice number: +86138000 and five figures. Another number is another citizen.",
    ),
    "phone.call": ("拨打 12345", "Call 12345"),
    "phone.hang_up": ("挂断", "Hang up"),
    "phone.play": ("播放文件", "Play the file"),
    "phone.mute": ("静音", "Mute"),
    "phone.unmute": ("取消静音", "Unmute"),
    "phone.mine": ("我", "Me"),
    "phone.theirs": ("对方", "Them"),
    "phone.keypad": ("按键", "Keypad"),
    "phone.keys": ("键盘：", "Keys: "),
    "phone.keys.call": ("拨打", "call"),
    "phone.state.idle": ("未拨号", "Not calling"),
    "phone.state.dialling": ("正在拨号…", "Dialling…"),
    "phone.state.ringing": ("振铃中…", "Ringing…"),
    "phone.state.open": ("已接通", "Connected"),
    "phone.state.closed": ("已挂断", "Hung up"),
    "phone.state.failed": ("没有拨通", "Not connected"),
    "phone.ended.hangup": ("通话已结束", "The call is over"),
    "phone.ended.remote_hangup": ("对方已挂断", "The other side hung up"),
    "phone.ended.busy": ("对方忙", "Busy"),
    "phone.ended.no_answer": ("无人接听", "Nobody answered"),
    "phone.ended.failed": ("没有拨通", "Not connected"),
    "phone.ended.canceled": ("已取消", "Cancelled"),
    "phone.ended.lost": ("连接断了", "The connection was lost"),
    "phone.ended.taken_over": ("通话已转到另一个页面", "The call went on to another page"),
    "phone.complaint.no_microphone": (
        "没有可用的麦克风：您能听到对方，也可以改用声音文件。",
        "There is no microphone: you can hear the other side, or speak with a sound file.",
    ),
    **RATING_WORDS,
}


def init_app(app: Flask) -> None:
    """Give templates `t(key)`, `words(prefix)`, `language()` and the address that switches it."""
    app.jinja_env.globals.update(
        t=t, words=words_below, language=language, html_lang=lambda: HTML_LANG[language()], languages=Language
    )


def language() -> Language:
    """Return what this browser has chosen; Chinese when it has not."""
    chosen = request.cookies.get(COOKIE)
    return Language.EN if chosen == Language.EN else Language.ZH


def t(key: str, **named: object) -> str:
    """Return the words of `key` in the reader's language. Raises KeyError for a key that is not there."""
    chinese, english = WORDS[key]
    words = english if language() is Language.EN else chinese
    return words.format(**named) if named else words


def words_below(prefix: str) -> dict[str, str]:
    """Return all words whose key begins with `prefix` and a dot, by the rest of their key, for a script."""
    start = f"{prefix}."
    return {key.removeprefix(start): t(key) for key in WORDS if key.startswith(start)}
