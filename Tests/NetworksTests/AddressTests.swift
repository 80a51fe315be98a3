import Networks
import Testing

@Suite struct AddressTests {
    @Test func textsAndBytesAreTheSameAddress() throws {
        for text in ["0.0.0.0", "10.88.0.255", "::", "::1", "fd00:1:2::abcd", "2001:db8:1:1:1:1:1:1"] {
            let address = try #require(IPAddress(text))
            #expect(address.description == text)
            #expect(IPAddress(bytes: address.bytes) == address)
        }
        for text in ["", "10.0.0", "10.0.0.256", "1.2.3.4/8", ":::", "fd00::g", "10.0.0.1 "] { #expect(IPAddress(text) == nil) }
    }

    @Test func aSubnetHasTheAddressesOfItsPrefix() throws {
        let subnet = try #require(Subnet("10.89.3.7/24"))
        #expect(subnet.description == "10.89.3.0/24")
        #expect(subnet.usable.map { "\($0.lowerBound) \($0.upperBound)" } == "10.89.3.1 10.89.3.254")
        #expect(subnet.contains(try #require(IPAddress("10.89.3.255"))))
        #expect(!subnet.contains(try #require(IPAddress("10.89.4.0"))))
        #expect(!subnet.contains(try #require(IPAddress("::"))))
        #expect(try #require(Subnet("0.0.0.0/0")).overlaps(subnet))
        #expect(try #require(Subnet("::/0")).last.description == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
        #expect(try !#require(Subnet("10.89.2.0/24")).overlaps(subnet))
        #expect(try #require(Subnet("10.0.0.4/31")).usable == nil)
        for text in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "fd00::/129", "/8"] { #expect(Subnet(text) == nil) }
    }
}
