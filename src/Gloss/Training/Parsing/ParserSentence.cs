namespace Gloss.Training.Parsing;

/// <summary>A sentence to learn from, as ids.</summary>
/// <param name="Words">Pieces of each word, one at least.</param>
/// <param name="Shapes">How each word is written.</param>
/// <param name="Endings">Endings of two and of three letters of each word, in turn.</param>
/// <param name="Tags">Tags; -100 where unknown.</param>
/// <param name="Heads">Heads, 0 the root, words from 1.</param>
/// <param name="Relations">Relations; -100 where unknown.</param>
internal sealed record ParserSentence(int[][] Words, int[] Shapes, int[] Endings, int[] Tags, int[] Heads,
    int[] Relations);
