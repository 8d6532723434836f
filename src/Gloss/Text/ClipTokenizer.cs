using System.Globalization;
using System.IO.Compression;
using System.Text;
using Gloss.Text.Unicode;

namespace Gloss.Text;

/// <summary>
/// CLIP's byte-level byte-pair encoding: text is cleaned, cut into words, digits and runs of signs, and the UTF-8 bytes
/// of each are joined pair by pair in the order of the vocabulary's merges.
/// </summary>
/// <remarks>
/// Radford et al., "Learning transferable visual models from natural language supervision" (ICML 2021),
/// https://arxiv.org/abs/2103.00020; ids equal those of openai/CLIP's SimpleTokenizer. What is a letter and what a
/// number follows the runtime's Unicode tables, since the published code takes the newest of its regular-expression
/// package. Immutable and safe to share between threads.
/// </remarks>
public sealed class ClipTokenizer
{
    /// <summary>How many merges of <c>bpe_simple_vocab_16e6.txt</c> the published models use.</summary>
    public const int PublishedMergeCount = 48894;

    /// <summary>How many ids the published text encoder takes.</summary>
    public const int PublishedContextLength = 77;

    private const int MaximumLineLength = 1000;
    private const string EndOfWord = "</w>", StartText = "<|startoftext|>", EndText = "<|endoftext|>";
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    // The order of bytes in the vocabulary: printable Latin-1 first; the others are written as U+0100, U+0101, …
    private static readonly byte[] ByteOrder =
        [.. AllBytes().Where(IsPrintable), .. AllBytes().Where(b => !IsPrintable(b))];

    private readonly int[] idOfByte = new int[256];
    private readonly byte[][] bytesOf;
    private readonly Dictionary<(int First, int Second), (int Rank, int Id)> merges;

    private ClipTokenizer(List<string> tokens, Dictionary<(int First, int Second), (int Rank, int Id)> merges)
    {
        this.merges = merges;
        for (var i = 0; i < ByteOrder.Length; i++)
            idOfByte[ByteOrder[i]] = i;
        var byteOf = AllBytes().ToDictionary(CharOf);
        bytesOf = [.. tokens.Select(t => t.Select(c => byteOf[c]).ToArray())];
    }

    /// <summary>The number of ids: bytes inside and at the end of words, merges, start and end of text.</summary>
    public int VocabularySize => bytesOf.Length;

    /// <summary>The id that begins a text.</summary>
    public int StartId => VocabularySize - 2;

    /// <summary>The id that ends a text: the largest.</summary>
    public int EndId => VocabularySize - 1;

    /// <summary>The number of merges that a vocabulary of <paramref name="vocabularySize"/> ids has.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has fewer ids than bytes and marks.</exception>
    public static int MergeCountOf(long vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, (2 * 256) + 2);
        return checked((int)(vocabularySize - (2 * 256) - 2));
    }

    /// <summary>
    /// Copies a file of merges, compressed by gzip or plain, to <paramref name="target"/> as plain text.
    /// </summary>
    public static void CopyPlain(string path, Stream target)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(target);
        using var stream = OpenPlain(path);
        stream.CopyTo(target);
    }

    /// <summary>Reads <c>bpe_simple_vocab_16e6.txt</c>, compressed by gzip or plain.</summary>
    /// <param name="path">The file: a line of its version, then a merge a line, the first applied first.</param>
    /// <param name="mergeCount">How many merges are used; the rest of the file is not read.</param>
    /// <exception cref="VocabularyException">A fault in the file, with its line.</exception>
    public static ClipTokenizer Load(string path, int mergeCount = PublishedMergeCount)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = OpenPlain(path);
        using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        return Read(reader, mergeCount, path);
    }

    /// <summary>Reads the merges from <paramref name="reader"/>, which is not disposed.</summary>
    /// <param name="reader">A line of a version, then a merge a line.</param>
    /// <param name="mergeCount">How many merges are used; the rest is not read.</param>
    /// <param name="source">What error messages call the source.</param>
    /// <exception cref="VocabularyException">A fault in the text, with its line.</exception>
    public static ClipTokenizer Read(
        TextReader reader, int mergeCount = PublishedMergeCount, string source = "merges")
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentOutOfRangeException.ThrowIfNegative(mergeCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mergeCount, WordPieceTokenizer.MaximumVocabularySize);
        var tokens = new List<string>();
        tokens.AddRange(ByteOrder.Select(b => CharOf(b).ToString()));
        tokens.AddRange(ByteOrder.Select(b => CharOf(b) + EndOfWord));
        var known = new HashSet<string>(tokens, StringComparer.Ordinal);
        var pairs = new List<(string First, string Second)>();
        try
        {
            var lines = new BoundedLines(reader, MaximumLineLength);
            lines.ReadLine();
            while (pairs.Count < mergeCount)
            {
                var line = lines.ReadLine() ??
                    throw new InvalidDataException($"expected {mergeCount} merges, got {pairs.Count}");
                var (first, second) = ParsePair(line, known);
                pairs.Add((first, second));
                tokens.Add(first + second);
                known.Add(first + second);
            }
        }
        catch (Exception e) when (e is InvalidDataException or DecoderFallbackException)
        {
            throw new VocabularyException(
                $"cannot use CLIP's merges: {source}: line {pairs.Count + 2}: {e.Message} · " +
                "hint: give bpe_simple_vocab_16e6.txt.gz as it was published", e);
        }
        tokens.Add(StartText);
        tokens.Add(EndText);
        // Where two merges make the same piece, the later id stands for both, as in the published code.
        var ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (var i = 0; i < tokens.Count; i++)
            ids[tokens[i]] = i;
        var merges = new Dictionary<(int First, int Second), (int Rank, int Id)>(pairs.Count);
        for (var rank = 0; rank < pairs.Count; rank++)
        {
            var (first, second) = pairs[rank];
            merges[(ids[first], ids[second])] = (rank, ids[first + second]);
        }
        return new ClipTokenizer(tokens, merges);
    }

    /// <summary>The ids of a text, cleaned first, without start and end; not cut.</summary>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var cleaned = ClipTextCleaner.Clean(text);
        var ids = new List<int>(cleaned.Length / 3);
        for (var i = 0; i < cleaned.Length;)
        {
            var length = LengthOfWord(cleaned, i, out var kind);
            if (kind == WordKind.Start)
                ids.Add(StartId);
            else if (kind == WordKind.End)
                ids.Add(EndId);
            else if (kind == WordKind.Text)
                EncodeWord(cleaned.AsSpan(i, length), ids);
            i += length;
        }
        return [.. ids];
    }

    /// <summary>
    /// The ids of a text between start and end, cut so that the last is the end, filled with zeros to
    /// <paramref name="contextLength"/>: what the text encoder takes.
    /// </summary>
    public int[] EncodeWithSpecials(string text, int contextLength = PublishedContextLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(contextLength, 2);
        var ids = Encode(text);
        var padded = new int[contextLength];
        var kept = Math.Min(ids.Length, contextLength - 2);
        padded[0] = StartId;
        ids.AsSpan(0, kept).CopyTo(padded.AsSpan(1));
        padded[kept + 1] = EndId;
        return padded;
    }

    /// <summary>The text of ids; a space follows each word.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        using var bytes = new MemoryStream();
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)bytesOf.Length)
            {
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"cannot decode: expected ids below " +
                    $"{bytesOf.Length}, got {id} · hint: the ids come from another vocabulary");
            }
            bytes.Write(bytesOf[id]);
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length)
            .Replace(EndOfWord, " ", StringComparison.Ordinal);
    }

    private static IEnumerable<byte> AllBytes() => Enumerable.Range(0, 256).Select(i => (byte)i);

    private static bool IsPrintable(byte b) =>
        b is >= (byte)'!' and <= (byte)'~' or >= 0xA1 and <= 0xAC or >= 0xAE;

    private static char CharOf(byte b) => IsPrintable(b)
        ? (char)b : (char)(0x100 + AllBytes().Count(o => o < b && !IsPrintable(o)));

    private static (string First, string Second) ParsePair(string line, HashSet<string> known)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space <= 0 || space == line.Length - 1 || line.IndexOf(' ', space + 1) >= 0)
            throw new InvalidDataException("expected two pieces with one space between");
        var (first, second) = (line[..space], line[(space + 1)..]);
        foreach (var piece in (string[])[first, second])
        {
            if (!known.Contains(piece))
                throw new InvalidDataException($"joins '{piece}', which no line before makes");
        }
        if (first.EndsWith(EndOfWord, StringComparison.Ordinal))
            throw new InvalidDataException($"joins '{first}', which ends a word, with '{second}'");
        return (first, second);
    }

    // The published pattern, first match first: the two special texts, contractions, runs of letters, single numbers,
    // runs of what is neither letter, number nor white space. It ignores case, by which ſ is an s.
    private static int LengthOfWord(string text, int at, out WordKind kind)
    {
        kind = WordKind.Text;
        var rest = text.AsSpan(at);
        if (StartsWith(rest, StartText))
        {
            kind = WordKind.Start;
            return StartText.Length;
        }
        if (StartsWith(rest, EndText))
        {
            kind = WordKind.End;
            return EndText.Length;
        }
        foreach (var contraction in Contractions)
        {
            if (StartsWith(rest, contraction))
                return contraction.Length;
        }
        var first = ClassAt(rest, 0, out var length);
        if (first == CharacterClass.Space)
            kind = WordKind.Space;
        if (first is CharacterClass.Number or CharacterClass.Space)
            return length;
        while (length < rest.Length && ClassAt(rest, length, out var next) == first)
            length += next;
        return length;
    }

    private static bool StartsWith(ReadOnlySpan<char> text, string lower)
    {
        if (text.Length < lower.Length)
            return false;
        for (var i = 0; i < lower.Length; i++)
        {
            if (text[i] != lower[i] && !(text[i] == 'ſ' && lower[i] == 's'))
                return false;
        }
        return true;
    }

    private static CharacterClass ClassAt(ReadOnlySpan<char> text, int at, out int length)
    {
        var code = UnicodeTables.CodePointAt(text, at, out length);
        if (code < 0x10000 && WhiteSpace.Is((char)code))
            return CharacterClass.Space;
        return CharUnicodeInfo.GetUnicodeCategory(code) switch
        {
            <= UnicodeCategory.OtherLetter => CharacterClass.Letter,
            >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => CharacterClass.Number,
            _ => CharacterClass.Sign,
        };
    }

    // Joins, as long as any pair can be joined, all occurrences of the pair that stands first among the merges.
    private void EncodeWord(ReadOnlySpan<char> word, List<int> result)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        var count = Encoding.UTF8.GetBytes(word, bytes);
        var ids = new int[count];
        for (var i = 0; i < count; i++)
            ids[i] = idOfByte[bytes[i]];
        ids[count - 1] += ByteOrder.Length;
        var ranks = new int[count];
        for (var i = 0; i + 1 < count; i++)
            ranks[i] = RankOf(ids[i], ids[i + 1]);
        while (count > 1)
        {
            var best = int.MaxValue;
            foreach (var rank in ranks.AsSpan(0, count - 1))
                best = Math.Min(best, rank);
            if (best == int.MaxValue)
                break;
            var kept = 0;
            for (var i = 0; i < count; kept++)
            {
                if (i + 1 < count && ranks[i] == best)
                {
                    ids[kept] = merges[(ids[i], ids[i + 1])].Id;
                    ranks[kept] = Stale;
                    if (kept > 0)
                        ranks[kept - 1] = Stale;
                    i += 2;
                }
                else
                {
                    (ids[kept], ranks[kept]) = (ids[i], ranks[i]);
                    i++;
                }
            }
            count = kept;
            for (var i = 0; i + 1 < count; i++)
            {
                if (ranks[i] == Stale)
                    ranks[i] = RankOf(ids[i], ids[i + 1]);
            }
        }
        result.AddRange(ids.AsSpan(0, count));
    }

    private const int Stale = -1;

    private int RankOf(int first, int second) =>
        merges.TryGetValue((first, second), out var merge) ? merge.Rank : int.MaxValue;

    private enum WordKind
    {
        Text,
        Space,
        Start,
        End,
    }

    private enum CharacterClass
    {
        Space,
        Letter,
        Number,
        Sign,
    }

    private static Stream OpenPlain(string path)
    {
        var file = File.OpenRead(path);
        var isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
