using System.Runtime.InteropServices;

namespace Gloss.Text;

/// <summary>
/// Trains an uncased WordPiece vocabulary: begins with single characters and joins, again and again, the two pieces
/// whose joining raises the likelihood of the corpus most.
/// </summary>
/// <remarks>
/// Schuster &amp; Nakajima, "Japanese and Korean voice search" (ICASSP 2012), section 3: "choose the new word unit out
/// of all possible ones that increases the likelihood on the training data the most"; the pieces are BERT's (Devlin et
/// al. 2019), with "##" inside words. Under a unigram model of the pieces, joining a and b raises the log-likelihood,
/// to first order, by <c>n(ab) · log(n(ab) · N / (n(a) · n(b)))</c>, N the number of pieces in the corpus; ties go to
/// the pair that sorts first. Counts are kept up to date join by join. The same captions in any order give the same
/// vocabulary.
/// </remarks>
public static class WordPieceTrainer
{
    /// <summary>Trains on captions and gives a tokenizer with the new vocabulary (its <c>Save</c> writes
    /// <c>vocab.txt</c>): special tokens, characters by their code, then pieces in the order they were made.</summary>
    /// <exception cref="ArgumentException">A setting out of range, or captions without a word.</exception>
    public static WordPieceTokenizer Train(IEnumerable<string> captions, WordPieceTrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(captions);
        options ??= new WordPieceTrainerOptions();
        options.Validate();
        var counts = CountWords(captions, options.SpecialTokens);
        if (counts.Count == 0)
            throw new ArgumentException("cannot train a vocabulary: the captions hold no word", nameof(captions));
        var room = options.VocabularySize - options.SpecialTokens.Count;
        var pieces = new WordPieceMerges(counts, Math.Min(room, options.AlphabetLimit));
        while (pieces.Count < room && pieces.JoinBest(options.MinFrequency))
        {
        }
        return new WordPieceTokenizer([.. options.SpecialTokens, .. pieces.Texts], options.SpecialTokens);
    }

    private static SortedDictionary<string, long> CountWords(
        IEnumerable<string> captions, IReadOnlyList<string> specialTokens)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> buffer = stackalloc char[BertWords.BufferLength];
        foreach (var caption in captions)
        {
            var text = caption;
            foreach (var special in specialTokens)
                text = text.Replace(special, " ", StringComparison.Ordinal);
            var words = new BertWords(text, buffer);
            while (words.MoveNext())
            {
                if (!words.IsTooLong)
                    CollectionsMarshal.GetValueRefOrAddDefault(lookup, words.Word, out _)++;
            }
        }
        return new SortedDictionary<string, long>(counts, StringComparer.Ordinal);
    }
}
