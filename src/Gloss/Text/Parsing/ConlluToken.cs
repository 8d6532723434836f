namespace Gloss.Text.Parsing;

/// <summary>One annotated word of a treebank.</summary>
/// <param name="Form">The word as written.</param>
/// <param name="Lemma">Its dictionary form.</param>
/// <param name="Tag">Its part of speech.</param>
/// <param name="Head">Number of the word it depends on, counted from 1; 0 for the root.</param>
/// <param name="Relation">Universal dependency relation to the head, with its subtype ("nsubj:pass").</param>
/// <param name="SpaceAfter">Whether a space follows in the text.</param>
public sealed record ConlluToken(string Form, string Lemma, PosTag Tag, int Head, string Relation, bool SpaceAfter);
