import Testing

@testable import Registry

@Suite struct ChallengeTests {
    @Test func bearerWithQuotesAndCommas() {
        let found = Challenge.parse([#"Bearer realm="https://auth.x/token?a=b",service="a, b",scope="repository:x/y:pull,push""#])
        #expect(found.count == 1)
        #expect(found.first?.scheme == "bearer")
        #expect(
            found.first?.parameters == [
                "realm": "https://auth.x/token?a=b", "service": "a, b", "scope": "repository:x/y:pull,push",
            ])
    }

    @Test func severalInOneValueAndInSeveral() {
        let found = Challenge.parse([#"Negotiate, Basic realm="a \"b\"", charset=UTF-8"#, "BEARER Realm = x"])
        #expect(found.map(\.scheme) == ["negotiate", "basic", "bearer"])
        #expect(found[1].parameters == ["realm": "a \"b\"", "charset": "UTF-8"])
        #expect(found[2].parameters == ["realm": "x"])
    }

    @Test(arguments: ["", ",,,", "=", "\"", "Bearer realm=\"", "Basic =", "a=b"])
    func whatIsNone(_ text: String) {
        #expect(Challenge.parse([text]).allSatisfy { $0.parameters.isEmpty })
    }
}

@Suite struct RetryTests {
    @Test(arguments: [
        ("0", 0.0), ("17", 17.0), (" 5", 5.0), ("999999999", 86400.0), ("-1", nil), ("soon", nil), ("", nil),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 37.0), ("Sun, 06 Nov 1994 08:48:37 GMT", 0.0), ("Sun, 31 Foo 1994 08:49:37 GMT", nil),
    ])
    func retryAfter(_ text: String, _ seconds: Double?) {
        #expect(RetryAfter.seconds(text, now: 784_111_740) == seconds)
    }

    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600.0),
        ("Wed, 25 Nov 2026 10:00:00 GMT", 1_795_600_800.0),
    ])
    func dates(_ text: String, _ seconds: Double) {
        #expect(RetryAfter.date(text) == seconds)
    }

    @Test func delaysGrowAndAreCapped() {
        #expect(Retry.delay(after: 0, asked: nil, random: 1) == 0.2)
        #expect(Retry.delay(after: 2, asked: nil, random: 0) == 0.4)
        #expect(Retry.delay(after: 60, asked: nil, random: 1) == 10)
        #expect(Retry.delay(after: 0, asked: 3600, random: 1) == Retry.longestDelay)
        #expect(Retry.delay(after: 0, asked: 2, random: 1) == 2)
    }
}
