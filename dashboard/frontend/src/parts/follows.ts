// What an action sets going, in English. The table of the case's life says it in Chinese (dispatch/table.py).
const ENGLISH: Record<string, string> = {
  '停表，转审核；有承诺日期的到期回头看': 'The clock stops and the reply is reviewed; a promised date is looked back at',
  受理时限开始: 'The time for accepting begins',
  派单时限开始: 'The time for dispatching begins',
  事实一并转去: 'The facts go along',
  停表等诉求人补充: 'The clock stops until the citizen has supplied the facts',
  逾期不补按现有材料受理: 'Without an answer the case is accepted as it is',
  等另一人复核: 'A second person must confirm',
  告知理由和途径: 'The citizen is told why, and where to turn',
  重新审查一次: 'It is looked at once more',
  办理时限从此开始: 'The handling clock starts now',
  '另立一件，各自派单': 'A second case is made; each is dispatched by itself',
  会商一个工作日内裁定: 'A ruling follows within one working day',
  '不得再退；裁定成为职责清单的拟增条目': 'It cannot be returned any more; the ruling becomes a proposed row of the duty list',
  对诉求人的承诺不变: 'The promise to the citizen stays as it is',
  '承办单位回避，改派': 'The unit keeps out; another one gets it',
  逾期视同签收并记黄牌: 'Unsigned at its limit counts as signed, with a yellow card',
  '办理时限不停，裁定前仍由本单位先行处置；第二次争议转会商':
    'The clock goes on and the unit acts until it is decided; a second dispute goes to a conference',
  '改派，承诺期限不变': 'Dispatched anew; the promised date stays',
  不得再退: 'It cannot be returned any more',
  '下级各有工单和时限，主办仍负责': 'Each sub-unit gets an order and a clock; the lead stays responsible',
  下级办完或主办决定: 'When the sub-units are done or the lead decides',
  '停表，告知诉求人，到期复核': 'The clock stops, the citizen is told, and the date is reviewed',
  继续计时: 'The clock runs on',
  '时限照原；屡次不合格转督办': 'The deadline stays; repeated failures lead to supervision',
  告知办结: 'The citizen is told that it is closed',
  换时段再拨: 'Tried again at another hour',
  '重办另有时限；第二次起督办': 'The redo has a limit of its own; the second one is supervised',
  '计为未评价，不算满意': 'Counted as not rated, never as satisfied',
  按重办时限: 'With the limit of a redo',
  只读: 'Read only from now on',
  承诺期限不变: 'The promised date stays',
  逐一回访: 'Each complainant is called back',
  '随主件办理，逐一答复': 'Handled with the main case; each complainant is answered',
  提醒承办单位: 'The unit is reminded',
  不答复视为驳回: 'No answer counts as refused',
  告知诉求人: 'The citizen is told',
  负责人限时答复: 'The chief must answer in time',
  '三人评议，两人同意为准': 'Three people vote; two decide',
  '该单位不得承办、不得看到': 'That unit may neither handle nor see it',
  未兑现的重新办理: 'A broken promise is handled again',
}

/** Return what follows in the given language; an unknown sentence stays as the centre says it. */
export function followsIn(language: string, sentence: string): string {
  return language === 'zh' ? sentence : (ENGLISH[sentence] ?? sentence)
}
