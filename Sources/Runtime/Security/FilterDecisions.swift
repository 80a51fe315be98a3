/// What a filter decides by the machine and the number of a system call alone.
///
/// Found by following the program with the number as a range: each comparison parts it in two. Nothing is tried out, so
/// that no number is left out. Where an argument is looked at, the program itself goes on.
struct FilterDecisions {
    enum Outcome: Equatable {
        case answer(UInt32)
        /// On with the program's instruction of this index, which loads an argument.
        case goesOn(Int)
    }

    /// The numbers from `first` up to the next range's first.
    struct Span: Equatable {
        var first: UInt32
        var outcome: Outcome
    }

    /// The machines (AUDIT_ARCH_*) that the program knows, each with its ranges, ascending.
    private(set) var machines: [(token: UInt32, ranges: [Span])] = []
    /// The ranges of every other machine.
    private(set) var others: [Span] = []

    private let program: [FilterInstruction]
    /// The machines compared with on the ways followed so far.
    private var tokens: [UInt32] = []

    /// Nil for a program that looks at the machine or the number in a way that ranges do not show.
    init?(_ program: [FilterInstruction]) {
        self.program = program
        guard let ranges = follow(nil) else { return nil }
        others = ranges
        // What is looked at behind one machine's name may be another's.
        var followed = 0
        while followed < tokens.count {
            let token = tokens[followed]
            guard let ranges = follow(token) else { return nil }
            machines.append((token, ranges))
            followed += 1
        }
    }

    private enum Accumulator { case nothing, number, machine }

    /// A place in the program, what is loaded there, and the numbers that come by.
    private struct Visit {
        var at: Int
        var accumulator: Accumulator
        var numbers: ClosedRange<UInt32>

        func on(by skipped: Int = 0) -> Visit { Visit(at: at + 1 + skipped, accumulator: accumulator, numbers: numbers) }

        func on(with accumulator: Accumulator) -> Visit { Visit(at: at + 1, accumulator: accumulator, numbers: numbers) }
    }

    /// - Parameter machine: nil for one that the program has no name of.
    private mutating func follow(_ machine: UInt32?) -> [Span]? {
        var ranges: [Span] = []
        var visits = [Visit(at: 0, accumulator: .nothing, numbers: 0...UInt32.max)]
        while let visit = visits.popLast() {
            guard program.indices.contains(visit.at) else { return nil }
            let instruction = program[visit.at]
            switch instruction.operation {
            case .answer: append(.answer(instruction.value), from: visit.numbers.lowerBound, to: &ranges)
            case .load where instruction.value == FilterInstruction.number: visits.append(visit.on(with: .number))
            case .load where instruction.value == FilterInstruction.machine: visits.append(visit.on(with: .machine))
            case .load: append(.goesOn(visit.at), from: visit.numbers.lowerBound, to: &ranges)
            case .skip: visits.append(visit.on(by: Int(instruction.value)))
            case .equal where visit.accumulator == .machine:
                if !tokens.contains(instruction.value) { tokens.append(instruction.value) }
                visits.append(visit.on(by: Int(machine == instruction.value ? instruction.then : instruction.otherwise)))
            case .equal, .above, .atLeast:
                guard visit.accumulator == .number else { return nil }
                visits += parts(of: visit, by: instruction)
            case .and, .anyBit: return nil
            }
        }
        return ranges
    }

    /// Descending, as the last is gone through first.
    private func parts(of visit: Visit, by instruction: FilterInstruction) -> [Visit] {
        let value = UInt64(instruction.value)
        // The numbers for which the comparison holds: from the first up to the second.
        let (from, end): (UInt64, UInt64) =
            switch instruction.operation {
            case .equal: (value, value + 1)
            case .above: (value + 1, 1 << 32)
            default: (value, 1 << 32)
            }
        let pieces = [
            (end, UInt64(1) << 32, instruction.otherwise), (from, end, instruction.then), (0, from, instruction.otherwise),
        ]
        return pieces.compactMap { start, end, skipped in
            let first = max(start, UInt64(visit.numbers.lowerBound))
            let last = min(end, UInt64(visit.numbers.upperBound) + 1)
            guard first < last else { return nil }
            var part = visit.on(by: Int(skipped))
            part.numbers = UInt32(first)...UInt32(last - 1)
            return part
        }
    }

    private func append(_ outcome: Outcome, from first: UInt32, to ranges: inout [Span]) {
        if ranges.last?.outcome != outcome { ranges.append(Span(first: first, outcome: outcome)) }
    }
}
