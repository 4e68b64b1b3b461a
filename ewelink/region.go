package ewelink

import "strings"

// Region is where an account lives; each has its own addresses.
type Region string

// The regions.
const (
	RegionCN   Region = "cn"   // mainland China
	RegionAS   Region = "as"   // Asia
	RegionUS   Region = "us"   // America
	RegionEU   Region = "eu"   // Europe
	RegionIR   Region = "ir"   // Iran; seen in the vendor's own clients, without a dispatch address
	RegionTest Region = "test" // the vendor's test environment
)

// String returns the vendor's word.
func (r Region) String() string { return string(r) }

// addresses are where the regions are reached. What the vendor names as a region and is not here is
// reached only where WithRegionURL says: no address is built from a word that came in a reply.
var addresses = map[Region]address{
	RegionCN:   {"https://cn-apia.coolkit.cn", "https://cn-dispa.coolkit.cn"},
	RegionAS:   {"https://as-apia.coolkit.cc", "https://as-dispa.coolkit.cc"},
	RegionUS:   {"https://us-apia.coolkit.cc", "https://us-dispa.coolkit.cc"},
	RegionEU:   {"https://eu-apia.coolkit.cc", "https://eu-dispa.coolkit.cc"},
	RegionIR:   {"https://ir-apia.coolkit.cc", "https://ir-dispa.coolkit.cc"}, // dispatch by analogy
	RegionTest: {"https://test-apia.coolkit.cn", "https://test-dispa.coolkit.cn"},
}

// everywhere is the address of the call that tells a country's region.
const everywhere = "https://apia.coolkit.cn"

// dialling are the country codes that do not belong to Europe, without "+", as the vendor's own
// client has them.
var dialling = map[Region]string{
	RegionCN: "86",
	RegionIR: "98",
	RegionUS: "1 51 52 53 54 55 56 57 58 61 64 299 501 502 503 504 505 506 507 509 590 591 592 593 594 595 596 597 598 " +
		"676 678 679 682 684 685 1242 1246 1264 1671 1758 1809 1868 1876",
	RegionAS: "60 62 63 65 66 81 82 84 90 91 92 93 94 95 374 382 599 670 673 675 687 689 852 853 855 856 880 886 960 961 " +
		"962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 992 993 994 995 996 998 1268 1340 1345 1441 1473 " +
		"1649 1664 1767 1784 1869",
}

// RegionOf guesses the region of an account by the dialling code it was registered with, "+86" or
// "86": GetRegion asks the vendor, which not every app id may. Codes that nobody has listed are
// Europe's.
func RegionOf(countryCode string) Region {
	code := strings.TrimPrefix(strings.TrimSpace(countryCode), "+")
	for region, codes := range dialling {
		for listed := range strings.FieldsSeq(codes) {
			if listed == code {
				return region
			}
		}
	}
	return RegionEU
}

// plus gives a country code the "+" that the vendor wants in all calls but one.
func plus(countryCode string) string {
	code := strings.TrimPrefix(strings.TrimSpace(countryCode), "+")
	if code == "" {
		return ""
	}
	return "+" + code
}
