namespace Gloss.Text.Parsing;

/// <summary>
/// Runs the parser that <c>gloss train configs/parser.json</c> trained, without tensors: recurrent layers in both
/// directions over words (Kiperwasser and Goldberg 2016), then tags and the tree (<see cref="BiaffineReader"/>).
/// Sentences of like length are read together, so that a weight once loaded serves them all; each comes out as if it
/// were read alone. Products are of bytes. Immutable but for what it remembers of words.
/// </summary>
internal sealed class RecurrentParser
{
    private const int GroupSentences = 3; // rows that ByteMatrix takes at a time
    private const int GroupRows = 400; // what a thread keeps for its largest group is about 8 kB a row
    private readonly int state;
    private readonly int gates; // of both directions
    private readonly WordGates first;
    private readonly float[][] biases; // of each layer, gates
    private readonly ByteMatrix?[] inputs; // of each layer but the first
    private readonly ByteMatrix[] recurrent; // of each layer and direction
    private readonly BiaffineReader reader;
    [ThreadStatic] private static Workspace? threadSpace;

    /// <summary>Prepares weights for computing.</summary>
    public RecurrentParser(RecurrentWeights weights)
    {
        Labels = weights.Labels;
        state = weights.Sizes.State;
        gates = 8 * state;
        var layers = weights.Sizes.Layers;
        first = new WordGates(weights);
        biases = [.. Enumerable.Range(0, layers)
            .Select(l => (float[])[.. weights.Directions[2 * l].Bias, .. weights.Directions[(2 * l) + 1].Bias])];
        inputs = [.. Enumerable.Range(0, layers).Select(l => l == 0 ? null
            : new ByteMatrix(ByteRows.Join(weights.Directions[2 * l].Input, weights.Directions[(2 * l) + 1].Input)))];
        recurrent = [.. weights.Directions.Select(d => new ByteMatrix(d.Recurrent))];
        reader = new BiaffineReader(weights);
    }

    /// <summary>What the numbers mean.</summary>
    public ParserLabels Labels { get; }

    /// <summary>Tags, heads (-1 the root) and relations of each sentence's words.</summary>
    public (PosTag[] Tags, int[] Heads, string[] Relations)[] Parse(IReadOnlyList<IReadOnlyList<string>> sentences)
    {
        var results = new (PosTag[] Tags, int[] Heads, string[] Relations)[sentences.Count];
        var order = new int[sentences.Count];
        var lengths = new int[sentences.Count];
        for (var i = 0; i < order.Length; i++)
            (order[i], lengths[i]) = (i, -sentences[i].Count);
        Array.Sort(lengths, order); // the longest first
        var space = threadSpace ??= new Workspace();
        var next = 0;
        while (next < order.Length)
        {
            var (begin, rows) = (next, 0);
            while (next < order.Length && next - begin < GroupSentences
                && (next == begin || rows + sentences[order[next]].Count < GroupRows))
            {
                rows += sentences[order[next++]].Count + 1;
            }
            ParseGroup(sentences, order.AsSpan(begin..next), results, space);
        }
        return results;
    }

    private void ParseGroup(IReadOnlyList<IReadOnlyList<string>> sentences, ReadOnlySpan<int> group,
        (PosTag[] Tags, int[] Heads, string[] Relations)[] results, Workspace space)
    {
        // Rows of all sentences one behind the other, each with the root before its words.
        Span<int> starts = stackalloc int[group.Length + 1];
        starts[0] = 0;
        for (var s = 0; s < group.Length; s++)
            starts[s + 1] = starts[s] + sentences[group[s]].Count + 1;
        var rows = starts[^1];
        var words = space.Words.Take(rows);
        for (var s = 0; s < group.Length; s++)
        {
            var sentence = sentences[group[s]];
            words[starts[s]] = first.Root;
            for (var i = 0; i < sentence.Count; i++)
                words[starts[s] + 1 + i] = first.Of(sentence[i], i == 0);
        }
        var states = space.States.Take(rows * 2 * state);
        for (var layer = 0; layer < biases.Length; layer++)
        {
            var sums = space.Gates.Take(layer == 0 ? 0 : rows * gates);
            inputs[layer]?.Multiply(states, biases[layer], sums);
            for (var direction = 0; direction < 2; direction++)
                Run(layer, direction, words, sums, states, starts, space);
        }
        for (var s = 0; s < group.Length; s++)
            results[group[s]] = reader.Read(states[(starts[s] * 2 * state)..(starts[s + 1] * 2 * state)], space.Reader);
    }

    // One direction of a layer, a step of all sentences at a time; those that are over drop out at the end, being the
    // shortest. The gates get what the layer's inputs add from words or, behind the first layer, from sums. States take
    // the new state.
    private void Run(int layer, int direction, ReadOnlySpan<float[]> words, ReadOnlySpan<float> sums, Span<byte> states,
        ReadOnlySpan<int> starts, Workspace space)
    {
        var matrix = recurrent[(2 * layer) + direction];
        var count = starts.Length - 1;
        var cells = space.Cells.Take(count * state);
        cells.Clear();
        var own = space.Step.Take(count * 4 * state);
        var last = space.Last.Take(count * state);
        for (var step = 0; ; step++)
        {
            while (count > 0 && starts[count] - starts[count - 1] <= step)
                count--;
            if (count == 0)
                return;
            for (var s = 0; s < count; s++)
            {
                var row = direction == 0 ? starts[s] + step : starts[s + 1] - 1 - step;
                var added = layer == 0 ? words[row].AsSpan(direction * 4 * state, 4 * state)
                    : sums.Slice((row * gates) + (direction * 4 * state), 4 * state);
                added.CopyTo(own[(s * 4 * state)..]);
            }
            if (step > 0)
                matrix.MultiplyAdd(last[..(count * state)], own);
            for (var s = 0; s < count; s++)
            {
                var row = direction == 0 ? starts[s] + step : starts[s + 1] - 1 - step;
                var target = last.Slice(s * state, state);
                LstmCell.Update(own.Slice(s * 4 * state, 4 * state), cells.Slice(s * state, state), target);
                target.CopyTo(states[((row * 2 * state) + (direction * state))..]);
            }
        }
    }

    // Memory of a thread.
    private sealed class Workspace
    {
        public Scratch<float[]> Words { get; } = new(); // (rows) of (gates)

        public Scratch<float> Gates { get; } = new(); // (rows, gates)

        public Scratch<byte> States { get; } = new(); // (rows, 2 · state)

        public Scratch<float> Step { get; } = new(); // (sentences, 4 · state)

        public Scratch<float> Cells { get; } = new(); // (sentences, state)

        public Scratch<byte> Last { get; } = new(); // (sentences, state)

        public BiaffineReader.Workspace Reader { get; } = new();
    }
}
