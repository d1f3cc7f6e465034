"""What the table of a case's life says in English: its conditions, and what it asks for."""

from __future__ import annotations

# The conditions (dispatch/guards.py).
CONDITIONS = {
    "不予受理须先由一人提出、再由另一人复核": "One person proposes not to take it on, another one confirms",
    "异议只能提出一次": "The citizen may object once only",
    "此件已裁定承办单位，不能再退；如有困难请申请延期或联系督办员": (
        "It has been ruled who handles this; it cannot be returned. Ask for more time, or speak with the supervisor"
    ),
    "此件已裁定承办单位，不能撤回改派；该单位确须回避的请登记回避": (
        "It has been ruled who handles this; it cannot be called back. Record a recusal if the unit must keep out"
    ),
    "已是第二次争议，须会商裁定，不能再由派单员审核": (
        "This is the second dispute: a conference rules on it, not the dispatcher"
    ),
    "只有会商参加单位可以发表意见": "Only the units of the conference give an opinion",
    "此件正在督办，须由单位负责人签发回复": "This case is under supervision: the unit's chief signs the reply",
    "承办单位还没有申请挂账": "The unit has not asked to put it on the ledger",
    "已有挂账申请在等批准": "A request to put it on the ledger waits already",
    "此件不需要回访，请直接办结": "Nobody is to be called back; close it",
    "此件需要回访，审核通过后转回访": "The citizen is to be called back: pass it on",
    "已按规定回访满次数，请按未评价办结": "All tries have been made: close it as not rated",
    "两次回访须错开时段，请稍后再拨": "Call again at another time of the day",
    "回访次数还不够，不能按未评价办结": "Too few tries yet to close it as not rated",
    "诉求人不满意，评议也没有认定诉求不合理或单位已尽责，应转重办，不能办结": (
        "The citizen is not satisfied, and the panel has excused neither the demand nor the unit: have it done again"
    ),
    "诉求已认定为不合理，不再重办，请回访办结": "The demand was found unreasonable: close it, it is not done again",
    "已达重办次数上限，请转挂账或督办": "It has been done again as often as it may: ledger or supervision",
    "已超过重新办理的期限，请另行登记": "Too late to open it again; register a new case",
    "举报公共危险的诉求不能撤单": "A report of public danger cannot be withdrawn",
    "举报件和保密件不能并单，以免暴露诉求人": "Reports and secret cases are not merged, so that nobody is exposed",
    "此件已是并单主件，不能再并入别的办件": "This case heads an incident and cannot join another",
    "已有延期申请在等答复": "A request for more time waits already",
    "延期次数已用完": "No extension is left",
    "已超过办理时限，不能再申请延期": "The limit is over; more time cannot be asked for",
    "没有待答复的延期申请": "No request for more time waits",
    "没有待答复的督办单": "No supervision order waits for an answer",
    "已申请过不合理诉求认定": "The panel has been asked already",
    "没有待评议的不合理诉求申请": "There is no request to vote on",
    "您已评议过": "You have voted already",
    "已有考核申诉在等裁定": "An appeal waits for its ruling already",
    "已超过考核申诉期限": "Too late for an appeal",
    "没有待裁定的考核申诉": "No appeal waits for a ruling",
    "此件已不计入考核": "This case does not count already",
    "此件本来就计入考核": "This case counts as it is",
    "草稿请在表单里办理": "A draft is finished by its form",
    "承诺的日期还没有到，到期后再回头看": "The promised day has not come yet; look at it then",
}
# What must be given (dispatch/stages.py).
ASKED_FOR = {
    "请选择单位": "Choose the units",
    "请选择协办单位": "Choose the helping units",
    "请选择原因代码": "Choose the coded reason",
    "请勾选不合格的项目": "Tick what fails",
    "请写明依据的法规或职责条目": "Name the law or the line of duties it rests on",
    "请给出日期": "Give the day",
    "请给出并入的办件编号": "Give the number of the case it joins",
    "请填写标题": "Write a title",
    "请填写联系诉求人的时间": "Say when the citizen was contacted",
    "请选择联系方式": "Choose how they were contacted",
    "请选择诉求是否属实": "Choose whether it is true",
    "请选择是否解决": "Choose whether it is solved",
    "请选择未解决的原因": "Choose why it is not solved",
    "请给出承诺的日期": "Give the day that is promised",
    "请说明是否超出职责": "Say whether it is beyond the unit's duties",
    "请上传证明材料": "Upload the evidence",
    "请填写给诉求人的答复": "Write the answer to the citizen",
    "请选择承办单位是否联系过诉求人": "Choose whether the unit had contacted the citizen",
    "请选择满意程度": "Choose how satisfied they are",
    "请选择诉求是否合理": "Choose whether the demand is reasonable",
    "请选择单位是否已尽责": "Choose whether the unit has done its duty",
    "请选择督办级别": "Choose the level of supervision",
    "请选择同意或不同意": "Choose whether you agree",
}
OF_THE_TABLE = CONDITIONS | ASKED_FOR
