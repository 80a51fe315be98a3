import Testing

@testable import Registry

@Suite struct WatermarkTests {
    @Test func rangesThatArriveInAnyOrder() {
        var mark = Watermark(from: 10)
        #expect(mark.have == 10)
        mark.add(30..<40)
        mark.add(50..<60)
        #expect(mark.have == 10)
        mark.add(10..<20)
        #expect(mark.have == 20)
        mark.add(20..<30)
        #expect(mark.have == 40)
        mark.add(35..<55)
        #expect(mark.have == 60)
        mark.add(5..<5)
        #expect(mark.stretches == [10..<60])
    }

    @Test func whatIsMissing() {
        var mark = Watermark(from: 0)
        #expect(mark.missing(upTo: 25, piece: 10) == [0..<10, 10..<20, 20..<25])
        mark.add(5..<8)
        mark.add(20..<100)
        #expect(mark.missing(upTo: 25, piece: 10) == [0..<5, 8..<18, 18..<20])
        mark.add(0..<20)
        #expect(mark.missing(upTo: 100, piece: 10).isEmpty)
        #expect(mark.missing(upTo: 101, piece: .max) == [100..<101])
        #expect(Watermark(from: 7).missing(upTo: 7, piece: 10).isEmpty)
    }

    @Test(arguments: [
        ("bytes 0-99/1000", 0, 99, 1000), ("bytes 5-5/*", 5, 5, nil), ("BYTES 1-2/3", 1, 2, 3),
    ])
    func contentRange(_ text: String, _ first: Int64, _ last: Int64, _ total: Int64?) {
        let range = ContentRange(text)
        #expect(range?.first == first && range?.last == last && range?.total == total)
    }

    @Test(arguments: ["", "bytes", "bytes */100", "bytes 9-1/10", "bytes a-b/c", "items 0-1/2", "bytes 0-1/x", "bytes -1-2/3"])
    func contentRangeThatIsNone(_ text: String) {
        #expect(ContentRange(text) == nil)
    }
}
