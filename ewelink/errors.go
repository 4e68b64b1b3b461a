package ewelink

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	codeOK       = 0
	codeParam    = 400
	codeToken    = 401
	codeExpired  = 402
	codeNoRecord = 405
	codeDenied   = 406
	codeApp      = 407
	codeControl  = 4002
	codeRegion   = 10004
	codeTooFast  = 10010
	codeOffline  = 30022
)

// meaning is one row of the table of codes.
type meaning struct {
	kind  lock.Kind
	words string // the vendor's, §8
	note  string
}

// codes are the codes of replies and of the answers on the socket. Those without words are not in the
// document: the vendor's own clients know them, or they were seen.
var codes = map[int64]meaning{
	codeParam:    {lock.ErrInvalidArgument, "参数错误", "also for a wrong signature, which is ErrUnauthenticated: the message says so"},
	codeToken:    {lock.ErrSessionConflict, "access token 认证错误，通常是账号被其他人登录", "the session is made anew once and the call repeated; see Session"},
	codeExpired:  {lock.ErrUnauthenticated, "access token 过期", "the session is renewed and the call repeated"},
	403:          {lock.ErrNotFound, "找不到接口", "the path is wrong; a reply with HTTP status 403 that is not JSON is ErrQuotaExceeded"},
	codeNoRecord: {lock.ErrNotFound, "找不到资源", "also for an OAuth code that is unknown or older than 30 s; an unknown refresh token is ErrUnauthenticated"},
	codeDenied:   {lock.ErrPermissionDenied, "拒绝操作", "no right on this object; of calls that are signed, and on the socket, the credentials are refused: ErrUnauthenticated"},
	codeApp:      {lock.ErrPlanRequired, "appid 无操作权限", "the app id may not call this path, or has ended after its year: logging in with a password needs a paid one"},
	411:          {lock.ErrDeviceRejected, "", "seen on the socket, for devices behind a gateway"},
	412:          {lock.ErrQuotaExceeded, "APPID 调用次数超过限制", "until the next month"},
	500:          {lock.ErrVendorUnavailable, "服务器内部错误", ""},
	503:          {lock.ErrDeviceOffline, "", "on the socket"},
	504:          {lock.ErrDeviceTimeout, "", "on the socket: the device did not answer"},
	529:          {lock.ErrVendorUnavailable, "", "seen on the socket, which is then closed"},
	codeControl:  {lock.ErrDeviceRejected, "设备控制失败（检查控制传参或设备在线状态）", "mostly the device is offline: the portable calls look, and report ErrDeviceOffline"},
	10001:        {lock.ErrUnauthenticated, "登录密码错误", ""},
	10002:        {lock.ErrInvalidArgument, "验证码错误", ""},
	10003:        {lock.ErrNotFound, "用户不存在", "when the client logs in by itself: ErrUnauthenticated"},
	codeRegion:   {lock.ErrWrongRegion, "登录的用户不在本区域", "the call is repeated in the region that the vendor names; it is reported when that has no address"},
	10009:        {lock.ErrExists, "注册用户时检查到账号已存在", ""},
	codeTooFast:  {lock.ErrRateLimited, "验证码发送频率过快", "3 a minute, 20 an hour, 100 a day to one address"},
	10014:        {lock.ErrUnauthenticated, "", "another code for a wrong password"},
	20001:        {lock.ErrVendorUnavailable, "首次创建家庭失败", ""},
	20002:        {lock.ErrCapacityExceeded, "创建家庭或房间时，数量超出限制", ""},
	20003:        {lock.ErrProtected, "只有一个家庭，拒绝删除", ""},
	30003:        {lock.ErrDeviceTimeout, "添加 GSM 设备时，发送 notify 通知失败", ""},
	30007:        {lock.ErrExists, "设备已经被其他账号添加", ""},
	30008:        {lock.ErrNotFound, "分享设备时，分享者的账号不存在", "the person to share with has no account in this region"},
	30009:        {lock.ErrCapacityExceeded, "新增设备群组超过了数量限制", ""},
	30010:        {lock.ErrInvalidArgument, "设备 id 格式错误", ""},
	30011:        {lock.ErrDeviceRejected, "出厂信息不存在", ""},
	30012:        {lock.ErrDeviceRejected, "出厂信息的 extra 字段不存在", ""},
	30013:        {lock.ErrDeviceRejected, "出厂信息中的品牌信息不存在", ""},
	30014:        {lock.ErrInvalidArgument, "chipid 错误", ""},
	30015:        {lock.ErrInvalidArgument, "digest 错误", ""},
	30016:        {lock.ErrUnauthenticated, "appid 信息不存在", ""},
	30017:        {lock.ErrPermissionDenied, "拒绝该 appid 登录的用户添加该品牌的设备", "the app id has no licence of the brand"},
	30018:        {lock.ErrNotFound, "找不到 deviceid 对应的设备信息", ""},
	30019:        {lock.ErrDeviceRejected, "出厂信息中的产品型号信息不存在", ""},
	codeOffline:  {lock.ErrDeviceOffline, "设备已离线，操作失败", "in BatchStatus"},
}

// kindOf says what a code means, "" if nobody has described it.
func kindOf(code int64, message string) lock.Kind {
	if code == codeParam && strings.Contains(strings.ToLower(message), "sign verification") {
		return lock.ErrUnauthenticated
	}
	return codes[code].kind
}

// judge says what an outcome means.
func judge(o rest.Outcome) rest.Verdict {
	code, err := strconv.ParseInt(o.Code, 10, 64)
	if err != nil {
		return rest.Verdict{}
	}
	return rest.Verdict{Kind: kindOf(code, o.Message), BadToken: code == codeToken || code == codeExpired}
}

// ErrorCodes returns the table of codes.
func ErrorCodes() []lock.CodeInfo {
	var rows []lock.CodeInfo
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		m := codes[code]
		rows = append(rows, lock.CodeInfo{Code: strconv.FormatInt(code, 10), Where: "reply", Kind: m.kind, Words: m.words, Note: m.note})
	}
	return rows
}

// has reports whether the vendor answered with a code.
func has(err error, code int64) bool {
	e, ok := asError(err)
	return ok && e.Code == strconv.FormatInt(code, 10)
}

// asError returns the error of ours that err is or holds.
func asError(err error) (*lock.Error, bool) { return errors.AsType[*lock.Error](err) }
