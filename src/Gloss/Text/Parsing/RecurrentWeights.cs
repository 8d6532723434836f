using System.IO.Compression;

namespace Gloss.Text.Parsing;

/// <summary>The weights of a parser by recurrent layers, as its file has them.</summary>
internal sealed class RecurrentWeights
{
    private const uint Magic = 0x31525047; // "GPR1"

    /// <summary>Pieces, tags, relations.</summary>
    public required ParserLabels Labels { get; init; }

    /// <summary>Width of words, of a direction's state, of arcs and of relations; and the recurrent layers.</summary>
    public required (int Word, int State, int Arc, int Relation, int Layers) Sizes { get; init; }

    /// <summary>For a word's first, second and last piece what it adds to the word's vector: (pieces, word).</summary>
    public required ByteRows[] Pieces { get; init; }

    /// <summary>What endings add, (endings, word).</summary>
    public required ByteRows Endings { get; init; }

    /// <summary>What shapes add, (shapes, word).</summary>
    public required ByteRows Shapes { get; init; }

    /// <summary>Scale and bias of the norm of words, and the root's vector: 3 · word.</summary>
    public required float[] Norm { get; init; }

    /// <summary>
    /// For each layer and direction the input weights (4 · state, in), the recurrent weights (4 · state, state).
    /// </summary>
    public required (ByteRows Input, ByteRows Recurrent, float[] Bias)[] Directions { get; init; }

    /// <summary>
    /// Tags, dependent, head, relation of the dependent, relation of the head, one behind the other: rows of 2 · state.
    /// </summary>
    public required (ByteRows Weights, float[] Bias) Heads { get; init; }

    /// <summary>The form that compares dependents with heads, (arc, arc), and the bias of heads, arc.</summary>
    public required (ByteRows Form, float[] Bias) Arc { get; init; }

    /// <summary>Biases of distances.</summary>
    public required float[] Distances { get; init; }

    /// <summary>Relations from their hidden layer, (relations, relation).</summary>
    public required (ByteRows Weights, float[] Bias) Relations { get; init; }

    /// <summary>Writes the file.</summary>
    public void Save(Stream stream, CompressionLevel level)
    {
        using var brotli = new BrotliStream(stream, level, leaveOpen: true);
        using var writer = new BinaryWriter(brotli);
        writer.Write(Magic);
        Write(writer, Labels.Pieces);
        Write(writer, [.. Labels.Tags.Select(t => t.ToString())]);
        Write(writer, Labels.Relations);
        var (word, state, arc, relation, layers) = Sizes;
        foreach (var size in new[] { word, state, arc, relation, layers })
            writer.Write(size);
        foreach (var table in Pieces.Append(Endings).Append(Shapes))
            table.Write(writer);
        Write(writer, Norm);
        foreach (var (input, recurrent, bias) in Directions)
        {
            input.Write(writer);
            recurrent.Write(writer);
            Write(writer, bias);
        }
        Heads.Weights.Write(writer);
        Write(writer, Heads.Bias);
        Arc.Form.Write(writer);
        Write(writer, Arc.Bias);
        Write(writer, Distances);
        Relations.Weights.Write(writer);
        Write(writer, Relations.Bias);
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">It is no parser.</exception>
    public static RecurrentWeights Load(Stream stream)
    {
        using var brotli = new BrotliStream(stream, CompressionMode.Decompress);
        using var buffered = new BufferedStream(brotli, 1 << 16);
        using var reader = new BinaryReader(buffered);
        var magic = reader.ReadUInt32();
        if (magic != Magic)
            throw new InvalidDataException($"parser: expected a file that starts with {Magic:x8}, got {magic:x8}");
        var labels = new ParserLabels(Strings(reader), [.. Strings(reader).Select(PosTag.Parse)], Strings(reader));
        var (word, state, arc, relation, layers) =
            (Size(reader), Size(reader), Size(reader), Size(reader), Size(reader));
        var pieces = labels.Pieces.Count;
        return new RecurrentWeights
        {
            Labels = labels,
            Sizes = (word, state, arc, relation, layers),
            Pieces = [ByteRows.Read(reader, pieces, word), ByteRows.Read(reader, pieces, word),
                ByteRows.Read(reader, pieces, word)],
            Endings = ByteRows.Read(reader, WordEnding.Count, word),
            Shapes = ByteRows.Read(reader, WordShape.Count, word),
            Norm = Floats(reader, 3 * word),
            Directions = [.. Enumerable.Range(0, 2 * layers).Select(i => (
                ByteRows.Read(reader, 4 * state, i < 2 ? word : 2 * state), ByteRows.Read(reader, 4 * state, state),
                Floats(reader, 4 * state)))],
            Heads = (ByteRows.Read(reader, labels.Tags.Count + (2 * arc) + (2 * relation), 2 * state),
                Floats(reader, labels.Tags.Count + (2 * arc) + (2 * relation))),
            Arc = (ByteRows.Read(reader, arc, arc), Floats(reader, arc)),
            Distances = Floats(reader, null),
            Relations = (ByteRows.Read(reader, labels.Relations.Count, relation),
                Floats(reader, labels.Relations.Count)),
        };
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<string> texts)
    {
        writer.Write(texts.Count);
        foreach (var text in texts)
            writer.Write(text);
    }

    private static void Write(BinaryWriter writer, float[] numbers)
    {
        writer.Write(numbers.Length);
        foreach (var x in numbers)
            writer.Write(x);
    }

    private static string[] Strings(BinaryReader reader)
    {
        var texts = new string[Size(reader)];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = string.Intern(reader.ReadString());
        return texts;
    }

    private static int Size(BinaryReader reader)
    {
        var size = reader.ReadInt32();
        return size is > 0 and < 1 << 20
            ? size : throw new InvalidDataException($"parser: expected a size, got {size}");
    }

    private static float[] Floats(BinaryReader reader, int? count)
    {
        var numbers = new float[Size(reader)];
        if (count is { } expected && numbers.Length != expected)
            throw new InvalidDataException($"parser: expected {expected} numbers, got {numbers.Length}");
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = reader.ReadSingle();
        return numbers;
    }
}
