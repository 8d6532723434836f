using System.Runtime.CompilerServices;

namespace Gloss.Search;

/// <summary>
/// The kept scores of one picture as bytes: for each tag above the floor, in ascending order, the step from the tag
/// before as a variable-length number (7 bits a byte), then the probability in 24 bits.
/// </summary>
internal static class ScoreCodec
{
    private const int Scale = (1 << 24) - 1;

    /// <summary>Packs the scores of a row above <paramref name="floor"/>.</summary>
    public static byte[] Encode(ReadOnlySpan<float> row, float floor)
    {
        var bytes = new List<byte>(256);
        var last = -1;
        for (var number = 0; number < row.Length; number++)
        {
            if (!(row[number] > floor))
                continue;
            var step = (uint)(number - last);
            for (; step > 0x7f; step >>= 7)
                bytes.Add((byte)(step | 0x80));
            bytes.Add((byte)step);
            var score = (uint)Math.Round(Math.Min(row[number], 1.0) * Scale);
            bytes.Add((byte)score);
            bytes.Add((byte)(score >> 8));
            bytes.Add((byte)(score >> 16));
            last = number;
        }
        return [.. bytes];
    }

    /// <summary>Reads packed scores one after the other.</summary>
    public static Reader Read(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>The scores of some tags (ascending numbers); 0 for those that were below the floor.</summary>
    // Full speed from the first call: a search is over before the runtime would compile it again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ReadSome(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> numbers, Span<float> scores)
    {
        scores.Clear();
        var at = 0;
        var reader = Read(bytes);
        while (at < numbers.Length && reader.MoveNext())
        {
            while (at < numbers.Length && numbers[at] < reader.Number)
                at++;
            if (at < numbers.Length && numbers[at] == reader.Number)
                scores[at++] = reader.Score;
        }
    }

    /// <summary>Goes through packed scores.</summary>
    public ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> rest = bytes;

        /// <summary>The tag.</summary>
        public int Number { get; private set; } = -1;

        /// <summary>Its probability.</summary>
        public float Score { get; private set; }

        /// <summary>Goes to the next; false at the end.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public bool MoveNext()
        {
            if (rest.IsEmpty)
                return false;
            var (step, shift, at) = (0, 0, 0);
            while (true)
            {
                var part = rest[at++];
                step |= (part & 0x7f) << shift;
                if (part < 0x80)
                    break;
                shift += 7;
            }
            Number += step;
            Score = (rest[at] | (rest[at + 1] << 8) | (rest[at + 2] << 16)) / (float)Scale;
            rest = rest[(at + 3)..];
            return true;
        }
    }
}
