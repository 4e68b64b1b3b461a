package aliyunlock

// versions are the apiVer of the paths as the vendor's later pages, one for each path, have them.
var versions = map[string]string{
	"/lock/key/user/bind":           "1.0.1",
	"/lock/key/user/unbind":         "1.0.1",
	"/lock/key/users/bindinfo/get":  "1.0.1",
	"/lock/key/user/bindinfo/get":   "1.0.1",
	"/lock/key/user/unbind/filter":  "1.0.2",
	"/lock/key/user/bindlist/get":   "1.0.1",
	"/lock/dev/virtual/user/get":    "1.0.1",
	"/lock/key/user/delete":         "1.0.1",
	"/lock/key/virtual/user/get":    "1.0.1",
	"/lock/nickname/set":            "1.0.0",
	"/lock/event/history/query":     "1.0.1",
	"/living/lock/key/nickname/set": "1.0.0",

	"/account/createSessionByAuthCode": "1.0.4",
	"/account/checkOrRefreshSession":   "1.0.4",
	"/iotx/account/invalidSession":     "1.0.4",
	"/living/account/region/get":       "1.0.2",

	"/cloud/token":         "1.0.1",
	"/cloud/token/refresh": "1.0.1",

	"/uc/virtual/user/create": "1.0.6",
	"/uc/virtual/user/update": "1.0.6",
	"/uc/virtual/user/delete": "1.0.6",
	"/uc/virtual/user/query":  "1.0.6",
	"/uc/virtual/user/list":   "1.0.6",

	"/uc/listBindingByAccount":    "1.0.8",
	"/uc/listBindingByDev":        "1.0.8",
	"/uc/getByAccountAndDev":      "1.0.6",
	"/uc/unbindAccountAndDev":     "1.0.2",
	"/uc/setDeviceNickName":       "1.0.2",
	"/awss/time/window/user/bind": "1.0.8",
	"/awss/token/user/bind":       "1.0.8",

	"/thing/info/get":                      "1.0.2",
	"/thing/status/get":                    "1.0.5",
	"/thing/properties/get":                "1.0.4",
	"/thing/properties/set":                "1.0.2",
	"/thing/service/invoke":                "1.0.5",
	"/thing/tsl/get":                       "1.0.2",
	"/living/device/event/timeline/get":    "1.0.0",
	"/living/device/property/timeline/get": "1.0.0",

	"/living/home/create":                  "1.0.1",
	"/living/home/update":                  "1.0.0",
	"/living/home/delete":                  "1.0.0",
	"/living/home/query":                   "1.0.0",
	"/living/home/room/create":             "1.0.0",
	"/living/home/room/query":              "1.0.1",
	"/living/home/room/device/query":       "1.0.2",
	"/living/home/device/query":            "1.0.0",
	"/living/home/room/device/full/update": "1.0.0",

	"/cloud/thing/properties/get":                  "1.0.2",
	"/cloud/thing/properties/set":                  "1.0.2",
	"/cloud/thing/service/invoke":                  "1.0.2",
	"/cloud/thing/status/get":                      "1.0.2",
	"/cloud/thing/info/get":                        "1.0.2",
	"/cloud/thing/tsl/get":                         "1.0.2",
	"/cloud/things/get":                            "1.0.2",
	"/cloud/thing/event/timeline/get":              "1.0.2",
	"/cloud/thing/property/timeline/get":           "1.0.2",
	"/cloud/device/queryByUser":                    "1.0.6",
	"/living/user/device/binding/query":            "1.0.0",
	"/cloud/user/device/unbind":                    "1.0.5",
	"/living/cloud/user/binding/device/unbind":     "1.0.0",
	"/living/cloud/user/binding/device/batch/bind": "1.0.1",
	"/cloud/account/getByOpenId":                   "1.0.5",
	"/cloud/account/getByIdentityId":               "1.0.4",
	"/cloud/account/queryIdentityByPage":           "1.0.4",
	"/living/cloud/user/region/get":                "1.0.1",
	"/living/cloud/device/region/get":              "1.0.1",
}

// defaultVersion is for paths of which no version is known.
const defaultVersion = "1.0.0"

// firstVersion is that of every path of the lock document itself, 2018.
const firstVersion = "1.0.0"

// firstPaths are the paths of the lock document.
var firstPaths = []string{
	"/lock/key/user/bind", "/lock/key/user/unbind", "/lock/key/users/bindinfo/get", "/lock/key/user/bindinfo/get",
	"/lock/key/user/unbind/filter", "/lock/key/user/bindlist/get", "/lock/dev/virtual/user/get", "/lock/key/user/delete",
	"/lock/key/virtual/user/get", "/lock/nickname/set", "/lock/event/history/query",
}
