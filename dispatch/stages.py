"""The words of a case's life: states, actions, what an action needs. The table itself is lifecycle.py."""

from __future__ import annotations

from enum import StrEnum

from core.actor import Role


class CaseState(StrEnum):
    """Where a case (办件) stands. The codes are those of the state list in docs/case-lifecycle.md."""

    DRAFT = "draft"  # S00 草稿
    RECEIVED = "received"  # S10 待受理
    TO_COMPLETE = "to_complete"  # S11 待补充
    REJECTED = "rejected"  # S12 不予受理
    TRANSFERRED = "transferred"  # S13 紧急转接
    ANSWERED = "answered"  # S20 直接答复
    TO_DISPATCH = "to_dispatch"  # S30 待派单
    ADJUDICATION = "adjudication"  # S31 研判会商
    TO_SIGN = "to_sign"  # S40 待签收
    RETURN_REVIEW = "return_review"  # S41 退单审核
    HANDLING = "handling"  # S50 办理中
    DELEGATED = "delegated"  # S51 二级下派
    LEDGER = "ledger"  # S52 挂账
    TO_REVIEW = "to_review"  # S60 待审核
    TO_CALL_BACK = "to_call_back"  # S70 待回访
    CALL_BACK_AGAIN = "call_back_again"  # S71 回访未通
    REDO = "redo"  # S72 重办
    CLOSED = "closed"  # S80 已办结
    FILED = "filed"  # S90 已归档
    WITHDRAWN = "withdrawn"  # S91 已撤单
    MERGED = "merged"  # S92 已并单
    DISCARDED = "discarded"  # a draft that never became a matter; it has no S-code


class OrderState(StrEnum):
    """Where a work order (工单), one unit's duty in a case, stands."""

    TO_SIGN = "to_sign"  # 待签收
    HANDLING = "handling"  # 办理中
    REPLIED = "replied"  # 已回复
    RETURNED = "returned"  # 已退单
    DONE = "done"  # 已办结


class Part(StrEnum):
    """A unit's part in a case. Only the lead's order moves the case."""

    LEAD = "lead"  # 主办
    HELPER = "helper"  # 协办
    SUB = "sub"  # 下派


class Action(StrEnum):
    """Everything that can be done to a case."""

    OPEN = "open"  # 建单
    RECEIVE = "receive"  # 收件
    REGISTER = "register"  # 登记
    ANSWER = "answer"  # 直接答复
    DISCARD = "discard"  # 作废
    ACCEPT = "accept"  # 受理
    ASK_FACTS = "ask_facts"  # 要求补充
    SUPPLY = "supply"  # 补充
    PROPOSE_REJECTION = "propose_rejection"  # 拟不受理
    REJECT = "reject"  # 不予受理
    OBJECT = "object"  # 异议
    TRANSFER = "transfer"  # 紧急转接
    ROUTE = "route"  # 研判
    DISPATCH = "dispatch"  # 派单
    RECALL = "recall"  # 撤回改派
    SPLIT = "split"  # 拆分
    CONFER = "confer"  # 会商
    OPINE = "opine"  # 会商意见
    RULE = "rule"  # 裁定
    SIGN = "sign"  # 签收
    RETURN = "return"  # 退单
    GRANT_RETURN = "grant_return"  # 同意退单
    REFUSE_RETURN = "refuse_return"  # 驳回退单
    CONTACT = "contact"  # 联系诉求人
    DELEGATE = "delegate"  # 下派
    GATHER = "gather"  # 汇总
    ADD_HELPERS = "add_helpers"  # 增派协办
    ASK_LEDGER = "ask_ledger"  # 申请挂账
    ENTER_LEDGER = "enter_ledger"  # 批准挂账
    REFUSE_LEDGER = "refuse_ledger"  # 驳回挂账
    RESUME = "resume"  # 销账续办
    REPLY = "reply"  # 回复
    SEND_BACK = "send_back"  # 退回重办
    PASS = "pass"  # 审核通过
    CLOSE = "close"  # 办结
    RATE = "rate"  # 回访办结
    MISSED = "missed"  # 未接通
    REDO = "redo"  # 重办
    CLOSE_UNRATED = "close_unrated"  # 未评价办结
    REOPEN = "reopen"  # 重新办理
    FILE = "file"  # 归档
    WITHDRAW = "withdraw"  # 撤单
    MERGE = "merge"  # 并单
    UNMERGE = "unmerge"  # 拆出
    FOLLOW = "follow"  # 随并单办理
    # Beside the way of the case: they change no state.
    NOTE = "note"  # 备注
    URGE = "urge"  # 催办
    ASK_EXTENSION = "ask_extension"  # 申请延期
    GRANT_EXTENSION = "grant_extension"  # 同意延期
    REFUSE_EXTENSION = "refuse_extension"  # 驳回延期
    SUPERVISE = "supervise"  # 督办
    ANSWER_SUPERVISION = "answer_supervision"  # 答复督办
    ASK_FINDING = "ask_finding"  # 申请不合理认定
    VOTE_FINDING = "vote_finding"  # 评议
    EXCLUDE = "exclude"  # 不计入考核
    INCLUDE = "include"  # 计入考核
    APPEAL = "appeal"  # 考核申诉
    RULE_APPEAL = "rule_appeal"  # 申诉裁定
    SET_SECRECY = "set_secrecy"  # 保密级别
    RECUSE = "recuse"  # 回避
    LOOK_BACK = "look_back"  # 回头看
    # Written by the centre itself; nobody asks for them.
    PENALTY = "penalty"  # 黄红牌
    WARN = "warn"  # 时限提醒


class Need(StrEnum):
    """What can be given with an action; each is a field of `given.Given` of the same name."""

    UNIT = "unit"
    UNITS = "units"
    HELPERS = "helpers"
    REASON = "reason"
    TEXT = "text"
    SUGGESTED_UNIT = "suggested_unit"
    CODE = "code"
    CODES = "codes"
    BASIS = "basis"
    UNTIL = "until"
    INTO = "into"
    TITLE = "title"
    CONTACTED_AT = "contacted_at"
    CONTACT_MODE = "contact_mode"
    TRUTH = "truth"
    SOLVED = "solved"
    UNSOLVED_REASON = "unsolved_reason"
    PROMISE_ON = "promise_on"
    OVER_DUTY = "over_duty"
    FILES = "files"
    PUBLIC_REPLY = "public_reply"
    CONTACTED = "contacted"
    GRADE = "grade"
    REASONABLE = "reasonable"
    DUTY_DONE = "duty_done"
    LEVEL = "level"
    AGREED = "agreed"
    SECRECY = "secrecy"


# States in which something is still to be done for the citizen.
OPEN_STATES = frozenset(
    {
        CaseState.RECEIVED,
        CaseState.TO_COMPLETE,
        CaseState.TO_DISPATCH,
        CaseState.ADJUDICATION,
        CaseState.TO_SIGN,
        CaseState.RETURN_REVIEW,
        CaseState.HANDLING,
        CaseState.DELEGATED,
        CaseState.LEDGER,
        CaseState.TO_REVIEW,
        CaseState.TO_CALL_BACK,
        CaseState.CALL_BACK_AGAIN,
        CaseState.REDO,
        CaseState.MERGED,
    }
)
# A unit has the case in hand.
UNIT_STATES = frozenset({CaseState.HANDLING, CaseState.DELEGATED, CaseState.REDO})
# Nothing more happens, except that a closed case may be reopened and is filed in the end.
OVER_STATES = frozenset(
    {CaseState.ANSWERED, CaseState.CLOSED, CaseState.FILED, CaseState.REJECTED, CaseState.TRANSFERRED}
)
LIVE_ORDERS = frozenset({OrderState.TO_SIGN, OrderState.HANDLING, OrderState.REPLIED})

STATE_NAMES = {
    CaseState.DRAFT: "草稿",
    CaseState.RECEIVED: "待受理",
    CaseState.TO_COMPLETE: "待补充",
    CaseState.REJECTED: "不予受理",
    CaseState.TRANSFERRED: "紧急转接",
    CaseState.ANSWERED: "直接答复",
    CaseState.TO_DISPATCH: "待派单",
    CaseState.ADJUDICATION: "研判会商",
    CaseState.TO_SIGN: "待签收",
    CaseState.RETURN_REVIEW: "退单审核",
    CaseState.HANDLING: "办理中",
    CaseState.DELEGATED: "二级下派",
    CaseState.LEDGER: "挂账",
    CaseState.TO_REVIEW: "待审核",
    CaseState.TO_CALL_BACK: "待回访",
    CaseState.CALL_BACK_AGAIN: "回访未通",
    CaseState.REDO: "重办",
    CaseState.CLOSED: "已办结",
    CaseState.FILED: "已归档",
    CaseState.WITHDRAWN: "已撤单",
    CaseState.MERGED: "已并单",
    CaseState.DISCARDED: "已作废",
}
ORDER_NAMES = {
    OrderState.TO_SIGN: "待签收",
    OrderState.HANDLING: "办理中",
    OrderState.REPLIED: "已回复",
    OrderState.RETURNED: "已退单",
    OrderState.DONE: "已办结",
}
ACTION_NAMES = {
    Action.OPEN: "建单",
    Action.RECEIVE: "收件",
    Action.REGISTER: "登记",
    Action.ANSWER: "直接答复",
    Action.DISCARD: "作废",
    Action.ACCEPT: "受理",
    Action.ASK_FACTS: "要求补充",
    Action.SUPPLY: "补充",
    Action.PROPOSE_REJECTION: "拟不受理",
    Action.REJECT: "不予受理",
    Action.OBJECT: "异议",
    Action.TRANSFER: "紧急转接",
    Action.ROUTE: "研判",
    Action.DISPATCH: "派单",
    Action.RECALL: "撤回改派",
    Action.SPLIT: "拆分",
    Action.CONFER: "会商",
    Action.OPINE: "会商意见",
    Action.RULE: "裁定",
    Action.SIGN: "签收",
    Action.RETURN: "退单",
    Action.GRANT_RETURN: "同意退单",
    Action.REFUSE_RETURN: "驳回退单",
    Action.CONTACT: "联系诉求人",
    Action.DELEGATE: "下派",
    Action.GATHER: "汇总",
    Action.ADD_HELPERS: "增派协办",
    Action.ASK_LEDGER: "申请挂账",
    Action.ENTER_LEDGER: "批准挂账",
    Action.REFUSE_LEDGER: "驳回挂账",
    Action.RESUME: "销账续办",
    Action.REPLY: "回复",
    Action.SEND_BACK: "退回重办",
    Action.PASS: "审核通过",
    Action.CLOSE: "办结",
    Action.RATE: "回访办结",
    Action.MISSED: "未接通",
    Action.REDO: "重办",
    Action.CLOSE_UNRATED: "未评价办结",
    Action.REOPEN: "重新办理",
    Action.FILE: "归档",
    Action.WITHDRAW: "撤单",
    Action.MERGE: "并单",
    Action.UNMERGE: "拆出",
    Action.FOLLOW: "随并单办理",
    Action.NOTE: "备注",
    Action.URGE: "催办",
    Action.ASK_EXTENSION: "申请延期",
    Action.GRANT_EXTENSION: "同意延期",
    Action.REFUSE_EXTENSION: "驳回延期",
    Action.SUPERVISE: "督办",
    Action.ANSWER_SUPERVISION: "答复督办",
    Action.ASK_FINDING: "申请不合理认定",
    Action.VOTE_FINDING: "评议",
    Action.EXCLUDE: "不计入考核",
    Action.INCLUDE: "计入考核",
    Action.APPEAL: "考核申诉",
    Action.RULE_APPEAL: "申诉裁定",
    Action.SET_SECRECY: "调整保密级别",
    Action.RECUSE: "回避",
    Action.LOOK_BACK: "回头看",
    Action.PENALTY: "黄红牌",
    Action.WARN: "时限提醒",
}
ROLE_NAMES = {
    Role.AGENT: "话务员",
    Role.DISPATCHER: "派单员",
    Role.HANDLER: "承办人",
    Role.CHIEF: "单位负责人",
    Role.REVIEWER: "审核员",
    Role.CALLBACK: "回访员",
    Role.SUPERVISOR: "督办员",
    Role.LEADER: "领导",
    Role.ADMINISTRATOR: "管理员",
    Role.CITIZEN: "诉求人",
    Role.SYSTEM: "系统",
}
NEED_SENTENCES = {
    Need.UNIT: "请选择承办单位",
    Need.UNITS: "请选择单位",
    Need.HELPERS: "请选择协办单位",
    Need.REASON: "请写明原因",
    Need.TEXT: "请填写内容",
    Need.SUGGESTED_UNIT: "请指出应由哪个单位办理",
    Need.CODE: "请选择原因代码",
    Need.CODES: "请勾选不合格的项目",
    Need.BASIS: "请写明依据的法规或职责条目",
    Need.UNTIL: "请给出日期",
    Need.INTO: "请给出并入的办件编号",
    Need.TITLE: "请填写标题",
    Need.CONTACTED_AT: "请填写联系诉求人的时间",
    Need.CONTACT_MODE: "请选择联系方式",
    Need.TRUTH: "请选择诉求是否属实",
    Need.SOLVED: "请选择是否解决",
    Need.UNSOLVED_REASON: "请选择未解决的原因",
    Need.PROMISE_ON: "请给出承诺的日期",
    Need.OVER_DUTY: "请说明是否超出职责",
    Need.FILES: "请上传证明材料",
    Need.PUBLIC_REPLY: "请填写给诉求人的答复",
    Need.CONTACTED: "请选择承办单位是否联系过诉求人",
    Need.GRADE: "请选择满意程度",
    Need.REASONABLE: "请选择诉求是否合理",
    Need.DUTY_DONE: "请选择单位是否已尽责",
    Need.LEVEL: "请选择督办级别",
    Need.AGREED: "请选择同意或不同意",
    Need.SECRECY: "请选择保密级别",
}
