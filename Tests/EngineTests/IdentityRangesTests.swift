import OCI
import Testing

@testable import Engine

@Suite struct IdentityRangesTests {
    private static let first: UInt32 = 524_288, step: UInt32 = 65536

    @Test func firstOfAll() { #expect(IdentityRanges.next(size: 65536, taken: [], after: nil) == Self.first) }

    @Test func goesOnAfterTheLast() {
        #expect(IdentityRanges.next(size: 65536, taken: [], after: Self.first) == Self.first + Self.step)
    }

    @Test func skipsWhatIsTaken() {
        let taken = [Self.first..<Self.first + Self.step, Self.first + Self.step + 10..<Self.first + Self.step + 11]
        #expect(IdentityRanges.next(size: 65536, taken: taken, after: nil) == Self.first + 2 * Self.step)
    }

    @Test func beginsAnewAtTheEnd() {
        let last = IdentityRanges.space.upperBound - Self.step
        #expect(IdentityRanges.next(size: 65536, taken: [], after: last) == Self.first)
    }

    @Test func noneLeft() { #expect(IdentityRanges.next(size: 65536, taken: [IdentityRanges.space], after: nil) == nil) }

    @Test func subordinateFile() {
        let text = "bob:100000:65536\n# x\nbob:bad:1\n1000:300000:10\neve:200000:65536\nbob:1:0\nover:4294967295:10\n"
        #expect(IdentityRanges.subordinate(text, name: "bob", id: 1000) == [100_000..<165_536, 300_000..<300_010])
        #expect(IdentityRanges.all(text).count == 3)
        #expect(IdentityRanges.subordinate(text, name: nil, id: 5).isEmpty)
    }

    @Test func missing() {
        let map = [IDMapping(containerID: 0, hostID: 1000, size: 1), IDMapping(containerID: 1, hostID: 100_000, size: 65536)]
        #expect(IdentityRanges.missing(map, own: 1000, given: [100_000..<165_536]).isEmpty)
        #expect(IdentityRanges.missing(map, own: 1000, given: [130_000..<200_000, 90_000..<130_000]).isEmpty)
        #expect(IdentityRanges.missing(map, own: 1000, given: []) == [100_000..<165_536])
        #expect(
            IdentityRanges.missing(map, own: 1001, given: [100_010..<100_020, 165_000..<165_500]) == [
                1000..<1001, 100_000..<100_010, 100_020..<165_000, 165_500..<165_536,
            ])
        let damaged = [IDMapping(containerID: 0, hostID: .max - 1, size: .max)]
        #expect(IdentityRanges.missing(damaged, own: 0, given: [0..<10]) == [.max - 1 ..< .max])
    }

    @Test func rootless() {
        #expect(
            IdentityRanges.rootless(id: 1000, subordinate: [100_000..<165_536]) == [
                IDMapping(containerID: 0, hostID: 1000, size: 1), IDMapping(containerID: 1, hostID: 100_000, size: 65536),
            ])
    }

    @Test func keepID() {
        #expect(
            IdentityRanges.keepID(id: 1000, subordinate: [100_000..<165_536]) == [
                IDMapping(containerID: 0, hostID: 100_000, size: 1000), IDMapping(containerID: 1000, hostID: 1000, size: 1),
                IDMapping(containerID: 1001, hostID: 101_000, size: 64536),
            ])
        #expect(IdentityRanges.keepID(id: 1000, subordinate: []) == [IDMapping(containerID: 1000, hostID: 1000, size: 1)])
    }
}
