package ewelinktest

import (
	"net/http"
	"slices"
	"strings"
)

// RegionURL is the base of a region: the paths of URL stand below it too. A request whose Host is
// that of a region of the vendor, "eu-apia.coolkit.cc", is for that region as well.
func (s *Server) RegionURL(region string) string { return s.URL + "/" + region }

func knownRegion(region string) bool {
	return slices.Contains([]string{"cn", "as", "us", "eu"}, region)
}

// route tells the region from the path of a request.
func (s *Server) route(r *http.Request) (region, path string) {
	region, path = s.opts.region, r.URL.Path
	if head, _, ok := strings.Cut(r.Host, "-"); ok && knownRegion(head) {
		region = head
	}
	if head, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/"); ok && knownRegion(head) {
		return head, "/" + rest
	}
	return region, path
}

// The dialling codes of Asia and the Americas; 86 is mainland China and everything else Europe.
const (
	asianCodes = " 60 62 63 65 66 81 82 84 90 91 92 93 94 95 98 374 382 599 670 673 675 687 689 852 853 855 856 880 886 960 961 962 963 964" +
		" 965 966 967 968 970 971 972 973 974 975 976 977 992 993 994 995 996 998 1268 1340 1345 1441 1473 1649 1664 1767 1784 1869 "
	americanCodes = " 1 51 52 53 54 55 56 57 58 61 64 299 501 502 503 504 505 506 507 509 590 591 592 593 594 595 596 597 598 676 678 679 682 684" +
		" 685 1242 1246 1264 1671 1758 1809 1868 1876 "
)

// regionOf is the region of a dialling code, with or without "+".
func regionOf(countryCode string) string {
	code := " " + strings.TrimPrefix(countryCode, "+") + " "
	switch {
	case code == " 86 ":
		return "cn"
	case strings.Contains(asianCodes, code):
		return "as"
	case strings.Contains(americanCodes, code):
		return "us"
	}
	return "eu"
}

// getRegion is GET /v2/utils/get-region, which all regions answer alike.
func (s *Server) getRegion(_ call, f fields) (any, error) {
	code := strings.TrimPrefix(f.text("countryCode"), "+")
	if strings.Trim(code, "0123456789") != "" {
		return nil, badParameter("countryCode is no dialling code")
	}
	return object{"region": regionOf(code)}, nil
}
