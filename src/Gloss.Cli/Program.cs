Console.WriteLine("gloss");
