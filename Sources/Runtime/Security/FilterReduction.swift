/// Makes a filter shorter that answers the same: the kernel translates every instruction at each start, and libseccomp writes
/// two or three for each system call of each architecture.
///
/// Numbers with one outcome that follow each other are told apart by one comparison, in a tree; what looks at arguments is
/// taken over as it is. It is written from its end to its beginning, as every jump of BPF's goes forward.
struct FilterReduction {
    /// Changes when the instructions do: part of the cache's key.
    static let identity = "ranges 1"

    /// - Parameter program: 8 bytes an instruction.
    /// - Returns: the program itself where it cannot be shown to be the same, or would not be shorter.
    static func reduce(_ program: [UInt8]) -> [UInt8] {
        guard let instructions = FilterInstruction.parse(program), let decisions = FilterDecisions(instructions) else {
            return program
        }
        var reduction = FilterReduction(program: instructions)
        guard reduction.write(decisions), reduction.reversed.count < instructions.count else { return program }
        return reduction.reversed.reversed().flatMap(\.bytes)
    }

    private let program: [FilterInstruction]
    /// What is written, last instruction first.
    private var reversed: [FilterInstruction] = []
    /// Where it is written already, counted from the end.
    private var answers: [UInt32: Int] = [:]
    private var copies: [Int: Int] = [:]

    private init(program: [FilterInstruction]) { self.program = program }

    private mutating func write(_ decisions: FilterDecisions) -> Bool {
        guard var entry = tree(of: decisions.others[...]) else { return false }
        for (token, ranges) in decisions.machines.reversed() where ranges != decisions.others {
            guard let own = tree(of: ranges[...]) else { return false }
            entry = compare(.equal, token, then: own, otherwise: entry)
        }
        _ = load(FilterInstruction.machine, before: entry)
        return true
    }

    /// - Returns: where it begins; nil where the program leads out of itself.
    private mutating func tree(of ranges: ArraySlice<FilterDecisions.Span>) -> Int? {
        guard let entry = branch(ranges) else { return nil }
        return ranges.count == 1 ? entry : load(FilterInstruction.number, before: entry)
    }

    private mutating func branch(_ ranges: ArraySlice<FilterDecisions.Span>) -> Int? {
        if ranges.count == 1, let range = ranges.first {
            switch range.outcome {
            case .answer(let value): return answer(value)
            case .goesOn(let index): return copy(index)
            }
        }
        let middle = ranges.startIndex + ranges.count / 2
        guard let above = branch(ranges[middle...]), let below = branch(ranges[..<middle]) else { return nil }
        return compare(.atLeast, ranges[middle].first, then: above, otherwise: below)
    }

    /// The program from this instruction on, as it is.
    private mutating func copy(_ index: Int) -> Int? {
        if let label = copies[index] { return label }
        guard program.indices.contains(index) else { return nil }
        let instruction = program[index]
        let label: Int?
        switch instruction.operation {
        case .answer: label = answer(instruction.value)
        case .skip: label = copy(index + 1 + Int(instruction.value))
        case .load, .and:
            guard let next = copy(index + 1) else { return nil }
            label = put(instruction, before: next)
        case .equal, .above, .atLeast, .anyBit:
            guard let otherwise = copy(index + 1 + Int(instruction.otherwise)),
                let then = copy(index + 1 + Int(instruction.then))
            else { return nil }
            label = compare(instruction.operation, instruction.value, then: then, otherwise: otherwise)
        }
        copies[index] = label
        return label
    }

    // MARK: Writing, from the end

    /// How far a comparison jumps, less the two jumps that may be put between.
    private static let reach = 253

    private mutating func append(_ instruction: FilterInstruction) -> Int {
        reversed.append(instruction)
        return reversed.count - 1
    }

    private mutating func answer(_ value: UInt32) -> Int {
        if let label = answers[value], reversed.count - label < Self.reach { return label }
        let label = append(FilterInstruction(.answer, value))
        answers[value] = label
        return label
    }

    private mutating func load(_ field: UInt32, before next: Int) -> Int { put(FilterInstruction(.load, field), before: next) }

    private mutating func put(_ instruction: FilterInstruction, before next: Int) -> Int {
        if next != reversed.count - 1 { _ = skip(to: next) }
        return append(instruction)
    }

    private mutating func skip(to label: Int) -> Int {
        append(FilterInstruction(.skip, UInt32(reversed.count - label - 1)))
    }

    private mutating func compare(
        _ operation: FilterInstruction.Operation, _ value: UInt32, then: Int, otherwise: Int
    ) -> Int {
        let then = near(then)
        let otherwise = near(otherwise)
        let here = reversed.count
        return append(
            FilterInstruction(operation, value, then: UInt8(here - then - 1), otherwise: UInt8(here - otherwise - 1)))
    }

    /// The place itself, or a jump to it that a comparison reaches.
    private mutating func near(_ label: Int) -> Int { reversed.count - label < Self.reach ? label : skip(to: label) }
}
