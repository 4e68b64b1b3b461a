package dingding

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	codeTokenInvalid = 101
	codeTokenExpired = 102

	codeNotFound     = 15006
	codeRoomNotFound = 15012

	resultOK             = 1000 // of callbacks only; a reply's success is 0
	resultTimeout        = 5101
	resultDatabaseFailed = 5102
	resultUnknown        = 5108
	resultReset          = 5199
)

// meaning is one row of a table of codes.
type meaning struct {
	kind  lock.Kind
	words string // the document's
	note  string
}

// replyCodes are the ErrNo of replies, §3.1. Those marked "not in the document" were seen in
// public client code.
var replyCodes = map[int64]meaning{
	codeTokenInvalid: {lock.ErrUnauthenticated, "Token 无效", "renewed and repeated once before it is reported"},
	codeTokenExpired: {lock.ErrUnauthenticated, "Token 过期", "renewed and repeated once before it is reported"},
	11000:            {lock.ErrExists, "无法添加重复对象", ""},
	14001:            {lock.ErrInvalidArgument, "参数有误", ""},
	14003:            {lock.ErrVendorUnavailable, "数据库操作错误", ""},
	15000:            {lock.ErrVendorUnavailable, "内部错误", ""},
	codeNotFound:     {lock.ErrNotFound, "记录不存在", "for the administrator code it can also mean that the lock never reported it"},
	15007:            {lock.ErrUnsupported, "方法未实现", ""},
	15008:            {lock.ErrExists, "该房间已存在绑定的门锁", "the room has a lock"},
	15009:            {lock.ErrExists, "该公寓已存在绑定的中心", "the home has a gateway"},
	15010:            {lock.ErrExists, "设备记录已存在", ""},
	15011:            {lock.ErrPermissionDenied, "设备已被别人绑定", "the device belongs to another account"},
	codeRoomNotFound: {lock.ErrNotFound, "房间信息不存在", ""},
	15013:            {lock.ErrProtected, "管理员密码不能被删除或冻结", "the administrator code can only be changed"},
	15014:            {lock.ErrPermissionDenied, "权限受限", ""},

	422:   {lock.ErrPasswordRejected, "", "not in the document: a password of the wrong length"},
	4018:  {lock.ErrUnauthenticated, "", "not in the document: the token's user has logged out; add it to WithRejectedCodes to renew on it"},
	5006:  {lock.ErrNotFound, "", "not in the document: the password id is not known"},
	5039:  {lock.ErrInvalidArgument, "", "not in the document: an activation code may not end then"},
	14015: {lock.ErrNotFound, "", "not in the document: the device does not exist"},
	15001: {lock.ErrInvalidArgument, "", "not in the document: invalid request; some clients renew the token on it"},
	15004: {lock.ErrNotFound, "", "not in the document: the home does not exist or belongs to another account"},
	15051: {lock.ErrUnsupported, "", "not in the document: no such interface"},
	15605: {lock.ErrInvalidArgument, "", "not in the document: a query may span one year at most"},
}

// resultCodes are what a device answers: result.ErrNo of service callbacks and the description of
// a password whose last operation failed, §3.2.
var resultCodes = map[int64]meaning{
	resultTimeout:        {lock.ErrDeviceTimeout, "服务器超时，未得到来自设备的服务结果数据", "the lock may have acted; list before repeating"},
	resultDatabaseFailed: {lock.ErrPartial, "设备操作成功，但数据库执行出错", "the lock HAS done it although the vendor's record failed: an added code opens the door"},
	5103:                 {lock.ErrDeviceRejected, "门锁在执行对应服务时出现错误的统称", ""},
	5104:                 {lock.ErrPasswordRejected, "密码内容相似", "four or more consecutive digits as in another code of the lock; never tell the person at the door"},
	5105:                 {lock.ErrExists, "锁内已经存在一个该序号的密码", ""},
	5106:                 {lock.ErrPermissionDenied, "密码无效，permission 内容无效", ""},
	5107:                 {lock.ErrCapacityExceeded, "密码池满，无法添加新密码", ""},
	resultUnknown:        {lock.ErrNotFound, "门锁本地无此密码记录，无法执行响应操作", "on a deletion: it is gone already"},
	resultReset:          {lock.ErrDeviceReset, "门锁本地被重置", "nothing known about the lock's codes holds any more"},
}

// kindOf says what the ErrNo of a reply means. 3xxx and 5xxx that are in no table mean that the
// command did not reach the device (§11.6). For codes that nobody has described it returns "".
func kindOf(code int64) lock.Kind {
	switch m, ok := replyCodes[code]; {
	case ok:
		return m.kind
	case resultCodes[code].kind != "": // a device's code in a reply means what it means in a callback
		return resultCodes[code].kind
	case code >= 3000 && code < 4000, code >= 5000 && code < 6000:
		return lock.ErrDeviceRejected
	}
	return ""
}

// resultError turns the ErrNo of a device's result into an error, nil for success. An empty code
// is success: the vendor leaves it out in places (§9).
func resultError(op lock.Op, target lock.DeviceID, code string) error {
	code = strings.TrimSpace(code)
	n, ok := numeric(code)
	if code == "" || ok && (n == resultOK || n == 0) {
		return nil
	}
	e := &lock.Error{Vendor: Vendor, Op: op, Target: string(target), Code: code, Kind: lock.ErrDeviceRejected}
	if m, known := resultCodes[n]; ok && known {
		e.Kind, e.Message = m.kind, m.words
		if m.note != "" {
			e.Message += " (" + m.note + ")"
		}
	}
	return e
}

// numeric reads a code that is an integer, with or without blanks around it.
func numeric(code string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(code), 10, 64)
	return n, err == nil
}

// ErrorCodes returns the tables of codes: those of replies, then those of devices.
func ErrorCodes() []lock.CodeInfo {
	var rows []lock.CodeInfo
	for _, t := range []struct {
		where string
		codes map[int64]meaning
	}{{"reply", replyCodes}, {"device result", resultCodes}} {
		for _, code := range slices.Sorted(maps.Keys(t.codes)) {
			m := t.codes[code]
			rows = append(rows, lock.CodeInfo{
				Code: strconv.FormatInt(code, 10), Where: t.where, Kind: m.kind, Words: m.words, Note: m.note,
			})
		}
	}
	return rows
}
