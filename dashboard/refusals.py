"""The sentences of errors in the reader's language. The domain speaks Chinese; a reader may want English."""

from __future__ import annotations

from core.errors import HotlineError
from dashboard.table_refusals import OF_THE_TABLE
from dashboard.words import Language, language

# A sentence of the domain -> the same in English. What is put together at run time is not here.
ENGLISH = {
    "未接通只登记电话回访；短信和网页未答由系统记录": "Only calls are noted as missed by hand",
    "没有这个退单原因代码": "There is no such code for a return",
    "联系时间不能晚于现在": "The time of contact cannot lie ahead",
    "联系时间不能早于派单时间，请填写派单以后联系诉求人的时间": (
        "The contact cannot lie before the order was sent: give a time after that"
    ),
    "所列佐证材料不属于本单位在此件的工单或已撤回": (
        "The evidence is none of your orders in this case, or was withdrawn"
    ),
    "没有这种联系方式": "There is no such way of contact",
    "没有这个未解决原因": "There is no such cause for its not being solved",
    "承诺的日期须在今天以后": "The promised day must lie after today",
    "承诺的日期最多在一年以内，请写明能兑现的日期": (
        "The promised day must lie within a year: name one that can be kept"
    ),
    "这个工单的时限没有在走，不需要延期": "The clock of this work order does not run; no extension is needed",
    "延期的日期须晚于原时限": "The day must lie after the present limit",
    "没有这个不计入考核的原因代码": "There is no such ground for leaving a case out of the assessment",
    "工作日历里找不到后面的工作日": "The calendar has no working day after that",
    "没有这个督办原因代码": "There is no such reason for supervision",
    "此件没有承办单位，先派单再督办": "No unit has this case; dispatch it first",
    "没有发给本单位的督办单": "There is no supervision order for your unit",
    "只有主办单位可以这样操作": "Only the lead unit may do that",
    "刚刚有人修改了它，请看最新内容后再操作": "Somebody has just changed it; look at the newest state first",
    "用户名或密码不正确。": "User name or password is not correct.",
    "请先处理您手上的电话": "Finish the call you have first",
    "这通电话已不在您这里振铃": "This call no longer rings at your desk",
    "只有接听这通电话的人可以这样做": "Only the person who took this call may do that",
    "只有接听这通电话的人可以填写": "Only the person who took this call may fill in its form",
    "来电者已挂断": "The caller has hung up",
    "这通电话已由他人接听": "A colleague has taken this call",
    "接听超时，这通电话已回到队列": "Too late: the call went back to the queue",
    "没有这通电话": "There is no such call",
    "只有话务员可以接听电话": "Only agents take calls",
    "只有话务员有座席": "Only agents have a seat",
    "通话还没有接通": "The call is not connected yet",
    "没有这段录音": "There is no such recording",
    "通话中不能更改状态": "The state cannot be changed during a call",
    "工单草稿正在建立，请稍候": "The draft is being opened; one moment",
    "这通电话没有工单草稿": "This call has no draft",
    "草稿里有人填写过内容，不能自动作废": "Somebody has written in the draft; it stays",
    "通话或整理还没有结束，请由接听的话务员办理": "The call is not wrapped up; its agent has to do it",
    "请选择诉求类型": "Choose the kind of request",
    "请填写标题或内容": "Write a title or what is asked",
    "没有这个办件": "There is no such case",
    "没有这个工单，或它不属于本单位": "There is no such work order, or it is not your unit's",
    "只有承办单位可以操作工单": "Only the unit in charge may act on a work order",
    "这个单位不能承办工单": "This unit takes no work orders",
    "诉求人要求完全匿名，只有督办员可以查看": "The caller is anonymous; only a supervisor may look",
    "此件对承办单位保密，请通过热线联系诉求人": "The caller is hidden from you; ask the hotline",
    "本单位没有此件在办的工单，不能查看诉求人的电话、姓名和地址；需要联系请通过热线": (
        "Your unit has no open work order in this case, so the caller's details are not shown; ask the hotline"
    ),
    "请指出应由哪个单位办理": "Say which unit should handle it",
    "请选择承办单位": "Choose the unit in charge",
    "请写明原因": "Give the reason",
    "请填写内容": "Write the text",
    "本单位已退过一次，不能再退": "Your unit has returned it once already",
    "已超过退单时限，请签收办理或联系派单员": "Too late to return it: sign it, or speak with the dispatcher",
    "翻页标记无效，请从第一页开始": "This page mark is not valid; start from the first page",
    "version：带“+”的版本号由系统生成，文件里请写不带“+”的版本号": "version: leave out the “+”, the centre adds it",
    "文件：不是合法的 JSON": "The file is not JSON",
    "缺少这一项": "this is missing",
    "没有这一项设置，请检查写法": "there is no such setting; check how it is written",
    "应为一组设置": "this should be a group of settings",
    "应为列表": "this should be a list",
    "应为 0 至 1 之间的数": "this should be a number between 0 and 1",
    "应为日期，写作 2026-01-31": "this should be a day, written 2026-01-31",
    "应为版本号，如 2026.1": "this should be a version, such as 2026.1",
    "应为小写英文名，不超过 32 个字符": "this should be a name of up to 32 small Latin letters",
    "应为分类代码或它的前几级，每级两位数字": "this should be the code of a class, or its beginning, by two digits",
    "文字里有不能保存的字符": "the text has characters that cannot be kept",
    "三个权重之和应为 1": "the three weights should add up to 1",
    "这个规则包正在使用": "This pack is in force already",
    "自动派单门槛没有变化": "The threshold for automatic dispatch is this one already",
    "没有这个规则包": "There is no such pack",
    "还没有载入时限规则包，请管理员先载入": "No time-limit rules are loaded; ask an administrator",
    "推送地址不正确": "The address is not a correct one",
    "找不到推送地址的主机名": "The host name of the address cannot be found",
    "推送地址指向内部网络，不允许使用": "The address leads into an inside network; that is not allowed",
    "订阅已达上限，请先停用不再需要的": "There are too many subscriptions; end those no longer needed",
    "没有这个订阅": "There is no such subscription",
    "这个订阅已经停用": "This subscription has been ended",
    "只有管理员可以管理事件推送": "Only an administrator manages webhooks",
    "没有这次推送": "There is no such delivery",
    "这次推送正在进行，请稍后再看": "It is being sent right now; look again shortly",
    "文件是空的": "The file is empty",
    "不能接收这种文件，请上传图片、PDF、Word、Excel、录音或视频": (
        "This kind of file is not taken: send pictures, PDF, Word, Excel, sound or video"
    ),
    "文件已损坏或不完整，请重新上传": "The file is damaged or not whole; upload it again",
    "文件展开后过大，不能接收": "The file is far too large once unpacked",
    "文档含有宏，不能接收": "The document holds macros; it is not taken",
    "图片无法打开或过大，请转为 JPEG 或 PNG 后上传": "The picture does not open or is too large: send JPEG or PNG",
    "图片已损坏，请重新上传": "The picture is damaged; upload it again",
    "图片像素过大，请缩小后上传": "The picture has too many pixels; make it smaller",
    "不能接收动图，请上传照片或视频": "Moving pictures are not taken: send a photo or a video",
    "文件太大，请压缩或分开上传": "The file is too large; compress it or split it",
    "保留拍摄位置须写明理由": "Say why the place of the picture is to be kept",
    "材料文件不在存储中，请联系管理员": "The file is not in the store; tell an administrator",
    "只有上传的单位可以撤回材料": "Only the unit that uploaded it may withdraw it",
    "这份材料已经撤回": "It has been withdrawn already",
    "材料已进入审核结论，不能撤回": "It has been reviewed and cannot be withdrawn",
    "这份材料没有可查看的拍摄位置": "There is no place of this picture that you may see",
    "所列佐证材料不属于这个工单或已撤回": "The evidence named is not this work order's, or was withdrawn",
    "没有这份材料": "There is no such file",
    "请指明材料属于哪个工单": "Say to which work order the file belongs",
    "签收之后、回复之前才能上传材料": "Files can be added after signing and before the reply",
    "材料数量已达上限，请合并后上传": "There are too many files already; put several into one",
    "同一个请求的另一次重试已经接手": "Another try of the same request has taken over",
    "这个请求正在办理，请稍后再试": "This request is still being done; try again shortly",
    "这个 Idempotency-Key 已用于内容不同的请求": "This Idempotency-Key was used for a request with other content",
    "这个请求已经办理，但答复没有留下，请查看最新内容": "It was done, but its answer was lost; look again",
    "Idempotency-Key 须为 1 至 200 个可见的 ASCII 字符": "An Idempotency-Key is 1 to 200 visible ASCII characters",
    "只有管理员可以修改日历": "Only an administrator may change the calendar",
    "这一年的日历不是载入的": "The calendar of this year was not loaded",
    "管理员没有设置过这一天": "No administrator has set this day",
    "管理员没有设置过这个单位的作息": "No administrator has given this unit hours of its own",
    "没有这个单位": "There is no such unit",
    "没有这项服务": "There is no such service",
    "请至少写明一天的时段": "Give the hours of at least one day",
    "同一个星期几写了两次": "A weekday is named twice",
    "最长可算 1000 个工作日": "1000 working days are the longest that can be worked out",
    "年份应在 2000 到 2199 之间": "The year should lie between 2000 and 2199",
    "日期应写作 2027-01-01，且是有的日子": "Write the date as 2027-01-01; it must be a day that exists",
    "这一天不在所载入的年份里": "This day is not in the year that is loaded",
    "同一天写了两次": "This day is named twice",
    "请写明节日或原因，不超过 64 字": "Name the holiday or the reason, in at most 64 characters",
    "上班写 1，休息写 0": "Write 1 for a working day, 0 for a day off",
    "时段应写作 08:30-12:00|13:30-17:30": "Write the hours as 08:30-12:00|13:30-17:30",
    "时段之间有重叠": "The hours overlap",
    "休息日不能有时段": "A day off has no hours",
    "缺少这一列": "This column is missing",
    "没有这一列": "There is no such column",
    "这一列写了两次": "This column is named twice",
    "这一行的列比表头多": "This row has more cells than the header",
    "元旦、劳动节、国庆节必须是休息日，否则不是全年的安排": (
        "New Year, Labour Day and National Day must be off, or this is not a whole year's calendar"
    ),
    "只有管理员可以修改职责清单": "Only an administrator may change the responsibility list",
    "职责清单里没有这一条": "There is no such line in the responsibility list",
    "请写明修改原因": "Give the reason for the change",
    "只能导入 .csv 或 .xlsx 文件；旧版 .xls 请先另存为 .xlsx": "Only .csv and .xlsx; save an old .xls as .xlsx first",
    "这个 CSV 文件的格式已损坏，请用电子表格另存后再导入": "This CSV is damaged; save it again from a spreadsheet",
    "这不是文本文件，请导入真正的 CSV": "This is no text file; import a real CSV",
    "看不懂这个文件的文字编码，请另存为 UTF-8 的 CSV": "The encoding of this file is not known; save it as UTF-8 CSV",
    "这个 XLSX 文件已损坏，请用电子表格重新保存后再导入": "This XLSX is damaged; save it again from a spreadsheet",
    "这不是 XLSX 文件，请用电子表格另存为 .xlsx": "This is no XLSX file; save it as .xlsx from a spreadsheet",
    "这个 XLSX 文件解开后过大，请只保留清单一页再导入": "This XLSX unpacks to too much; keep only the list's sheet",
    "文件里没有内容": "There is nothing in the file",
    "请选择要导入的文件": "Choose the file to import",
    "这份表格还有错误，请改正后重新上传": "This sheet has errors; correct them and upload it again",
    "这份表格已经导入过了": "This sheet has been loaded already",
    "试导入之后职责清单有了变化，请重新上传再看一遍": "The list has changed since the dry run; upload it again",
    "没有这次导入": "There is no such import",
    "没有这条建议": "There is no such proposal",
    "请写明不采纳的原因": "Say why the proposal is declined",
    "刚刚有人修改了这条建议，请看最新内容后再操作": "Somebody has just changed this proposal; look at it again",
    "生效日期请写成 2026-01-31 的样子": "Write the first day like 2026-01-31",
    "结束日期早于开始日期": "The last day is before the first",
    "请说明要预演什么变化": "Say what change to replay",
    "只有管理员和督办员可以预演": "Only administrators and supervisors may replay",
    "没有这次预演": "There is no such replay",
    "只有管理员、派单员和督办员可以查看": "Only administrators, dispatchers and supervisors may see this",
    "只有热线工作人员可以查看": "Only the hotline's own staff may see this",
    "没有这个指标": "There is no such figure",
    "您的角色不能查看指标": "Your role does not see the figures",
    "只能查看本单位及下级单位的指标": "You see the figures of your unit and those below it",
    "存档的全市指标只有督办员、领导和管理员可以查看": "Stored days are for supervisors, leaders and administrators",
    "这一天的指标还没有存档": "The figures of this day are not stored",
    "重办答复与上次几乎相同，请写明这次新采取的措施和结果": (
        "This is almost what the reply before said: write what was newly done and what came of it"
    ),
    "今天已就同一事件给这位诉求人打过回访电话，请改日再拨": (
        "This person was phoned about the same incident today; call on another day"
    ),
    "网页评价只能由诉求人本人通过评价链接提交": "A rating on the web comes from the citizen alone, by their link",
    "诉求人满意且问题已解决，请回访办结": "The citizen is content and it is solved: close it as rated",
    "此件没有承办单位，不能重办，请另行登记": "No unit has had this case, so none can redo it; register it anew",
    "此件没有待回头看的承诺": "There is no promise to look back on in this case",
    "链接无效或已过期": "The link is not valid or has expired",
    "说明不能超过 1000 字": "At most 1000 characters, please",
    "请写明不满意的原因，我们会据此重新办理": (
        "Please say why you are not satisfied: it will be done again on that ground"
    ),
    "请选择满意程度": "Choose how satisfied you are",
    "请选择是否解决": "Choose whether it was solved",
    "没有这个事项分类": "There is no such class",
    "请选择电话，或短信和网页": "Choose phone, or message and web",
    "翻页标记不正确": "This page mark is not valid",
    "本单位的模板已满，请先删除不用的": "Your unit has as many templates as it may; remove one first",
    "这个模板刚刚有人改过，请看最新内容后再改": "Somebody has just changed this template; look at it again first",
    "请给筛选起个名字": "Give the filter a name",
    "保存的筛选已满，请先删除不用的": "You have as many filters as you may; remove one first",
    "没有这个筛选": "There is no such filter",
    "您的账号不属于任何单位": "Your account belongs to no unit",
    "没有这个模板，或它不属于本单位": "There is no such template, or it is another unit's",
    "请填写模板的标题和内容": "Fill in the template's title and text",
    "本单位已有同名的模板": "Your unit has a template of that title",
    "筛选的名字不能超过 64 字": "At most 64 characters for the name of a filter",
    "筛选条件太多，请精简后再保存": "Too many terms for a filter; leave some out",
    "请指出是哪个工单": "Say which work order is meant",
    "本单位的办理时限已过，不能再下派，请直接办理并回复": "Your time is up: handle it yourselves and reply",
    "下级办理的期限以所选日期下班时为准，这个时间已过，请选更晚的日期": (
        "The unit below has until the close of the day named, which is over: choose a later day"
    ),
    "不能并入自己": "A case cannot be merged into itself",
    "承办单位还没有申请挂账": "The unit has not asked for the ledger yet",
    "没有这个挂账原因代码": "There is no such reason for the ledger",
    "下次复核的日期须在今天以后": "The day of the next look should be after today",
    "没有这个受理渠道": "There is no such channel",
    "请留下联系电话；只有举报和建议可以不留": (
        "Leave a phone number; only reports and suggestions may come without one"
    ),
    "请用“调整保密级别”并写明原因": "Secrecy is changed by its own action, with a reason",
    "请选择事项分类": "Choose the class of the matter",
    "请选择区域或填写地点": "Choose the area or write the place",
    "请选择转接到 110、119、120 还是 122": "Choose whether it goes to 110, 119, 120 or 122",
    "诉求人上次逾期未补充，请按现有材料受理": "The citizen did not answer in time before; accept it as it is",
    "没有这个不予受理的理由": "There is no such ground for not taking it on",
    "请选择保密级别": "Choose the level of secrecy",
    "保密级别没有变化": "The level of secrecy is this one already",
    "降低保密级别须由督办员决定": "Only a supervisor lowers the level of secrecy",
    "这个单位已经回避": "This unit keeps out of the case already",
    "这个单位须回避此件，不能承办": "This unit must keep out of the case and cannot handle it",
    "这个单位须回避此件，不能驳回退单，请同意退单后改派": (
        "This unit must keep out of the case: grant its return and send the case elsewhere"
    ),
    "这个单位须回避此件，不能参加会商": "This unit must keep out of the case and takes no part in the conference",
    "没有待审核的退单": "No return waits to be ruled on",
    "没有进行中的会商": "No conference is under way",
    "请选择可以参加会商的单位": "Choose units that can take part in a conference",
    "没有这次会商": "There is no such conference",
    "时限筛选只有 late、soon、today 三种": "A clock is late, soon or today",
    "没有这个标记": "There is no such flag",
    "没有这个办件状态": "There is no such state of a case",
    "只有热线工作人员可以按电话查找": "Only the hotline's own staff may look by telephone number",
    "按电话查人请用“按号码查找”，并写明用途": "To find a person by number use the search by number, and say why",
    "请输入完整的电话号码": "Give the whole telephone number",
    "请输入要查找的词、地点或办件编号": "Give words, a place or a case number to look for",
    "曝光台最多看一年": "The exposure list goes back one year at most",
    "曝光台没有这一项": "The exposure list has no such item",
    "只有督办员、领导、管理员和承办单位可以查看曝光台": "The exposure list is for supervisors, leaders and units",
    "这个操作不能批量进行": "This cannot be done to many cases at once",
    "文字里有不能保存的字符（NUL），请删除后再提交": "The text has a character that cannot be kept: NUL",
    "请用表单上传文件": "Send the file as a form",
    "数字超出可以使用的范围": "A number is beyond what can be used",
    "内容里有不能保存的字符，或数字、日期超出可以使用的范围": (
        "There is a character that cannot be kept, or a number or date beyond what can be used"
    ),
    "同一个办件选了两次": "A case was chosen twice",
} | OF_THE_TABLE

# For the others: what kind of refusal it is, before the sentence as it was made.
KINDS = {
    "refused": "Not possible now",
    "wrong_role": "Not for your role",
    "stale": "Somebody has changed it meanwhile",
    "bad_input": "This cannot be taken as it is",
    "not_found": "There is no such thing, or it is not for you to see",
    "unavailable": "Another system does not answer",
}


def sentence_of(error: HotlineError) -> str:
    """Return what to show the reader for `error`, in the language of their choice."""
    chinese = str(error)
    if language() is Language.ZH:
        return chinese
    return ENGLISH.get(chinese) or _of_a_file(chinese) or f"{KINDS.get(error.code, 'Not done')} ({chinese})"


def _of_a_file(chinese: str) -> str | None:
    """Return what is said of a place in a file, `rules[0].sign：应为列表，现为 空`, if its middle is known."""
    path, _, said = chinese.partition("：")
    sentence, _, found = said.partition("，现为 ")
    english = ENGLISH.get(sentence)
    if english is None:
        return None
    return f"{path}: {english}; it is {found}" if found else f"{path}: {english}"
