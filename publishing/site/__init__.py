"""The course as a web site: for reading, from a server or from disk, without the internet."""
